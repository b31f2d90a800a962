import type { components } from './schema';

type Schemas = components['schemas'];

export type Abandon = Schemas['Abandon'];
export type Agent = Schemas['Agent'];
export type AgentBoard = Schemas['AgentBoard'];
export type AuditEntry = Schemas['AuditEntry'];
export type AgentState = Agent['state'];
export type Call = Schemas['Call'];
export type CallState = Call['state'];
export type CallbackRules = Schemas['CallbackRules'];
export type Campaign = Schemas['Campaign'];
export type CampaignBoard = Schemas['CampaignBoard'];
export type Channels = Schemas['Channels'];
export type Clock = Schemas['Clock'];
export type Contact = Schemas['Contact'];
export type Course = Schemas['Course'];
export type Dialing = Schemas['Dialing'];
export type Disposition = Schemas['Disposition'];
export type Draft = Schemas['Draft'];
export type DraftProblem = Schemas['DraftProblem'];
export type FoundTarget = Schemas['FoundTarget'];
export type ListImport = Schemas['Import'];
export type Letter = Schemas['EmailDraft'];
export type LiveCall = Schemas['LiveCall'];
export type Message = Schemas['Message'];
export type Party = Schemas['Party'];
export type Placed = Schemas['Placed'];
export type PhoneCredentials = Schemas['PhoneCredentials'];
export type Promised = Schemas['Promise'];
export type Problem = Schemas['Problem'];
export type CallOver = Schemas['CallOver'];
export type RecordingFailure = Schemas['RecordingFailure'];
export type Run = Schemas['Run'];
export type Script = Schemas['Script'];
export type Session = Schemas['Session'];
export type Sheet = Schemas['AudioSheet'];
export type Slot = Schemas['Slot'];
export type Snapshot = Schemas['Snapshot'];
export type Supervision = Schemas['Supervision'];
export type Target = Schemas['Target'];
export type TargetKind = Target['kind'];
export type Timeline = Schemas['Timeline'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type Tone = Schemas['AudioTone'];
export type Verdict = Schemas['Verdict'];
export type Wallboard = Schemas['Wallboard'];

/** One message of the wallboard's event stream. */
export type BoardEvent =
  | { kind: 'snapshot'; stream: string; seq: number; at: string; data: Wallboard }
  | { kind: 'resumed'; stream: string; seq: number; at: string }
  | { kind: 'agent'; seq: number; at: string; data: AgentBoard }
  | { kind: 'campaign'; seq: number; at: string; data: CampaignBoard }
  | { kind: 'run'; seq: number; at: string; data: Run }
  | { kind: 'dialing'; seq: number; at: string; data: Dialing }
  | { kind: 'course'; seq: number; at: string; data: Course }
  | { kind: 'hidden'; seq: number; at: string }
  | { kind: 'call'; seq: number; at: string; data: LiveCall | CallOver }
  | { kind: 'recording-failed'; seq: number; at: string; data: RecordingFailure };

/** One message of the event stream. */
export type ServerEvent =
  | { kind: 'snapshot'; stream: string; seq: number; at: string; data: Snapshot }
  | { kind: 'resumed'; stream: string; seq: number; at: string }
  | { kind: 'agent'; seq: number; at: string; data: Agent }
  | { kind: 'call'; seq: number; at: string; data: Call }
  | { kind: 'campaign'; seq: number; at: string; data: Campaign }
  | { kind: 'tone'; seq: number; at: string; data: { event: string } };
