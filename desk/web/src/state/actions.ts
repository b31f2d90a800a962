import type { Call, CallState } from '../api/types';
import type { Rules } from './app';

/** Everything an agent can do that has a button or a key. */
export type Action =
  | 'accept' | 'reject' | 'cancel'
  | 'end' | 'hold' | 'resume' | 'transfer' | 'invite' | 'dtmf' | 'callback' | 'consult'
  | 'swap' | 'complete' | 'merge' | 'end-consult' | 'retrieve' | 'leave'
  | 'done' | 'done-and-stop' | 'do-not-call' | 'get-record' | 'book' | 'undo' | 'ready' | 'note' | 'history' | 'script' | 'mail' | 'help' | 'settings';

/** Commands that are sent to the call at POST /calls/{id}/NAME and take nothing. */
export type Plain = 'end' | 'hold' | 'resume' | 'swap' | 'complete' | 'merge' | 'end-consult' | 'retrieve' | 'leave' | 'reject';

/** What one reaches targets for. */
export type Verb = 'consult' | 'invite' | 'transfer';

/** What commands need beside calls.handle; the server says the same (docs/api.md), and decides. */
const privilegeOf: Partial<Record<Action, string>> = {
  hold: 'calls.hold',
  consult: 'calls.consult',
  swap: 'calls.consult',
  merge: 'calls.conference',
  invite: 'calls.conference',
  transfer: 'calls.transfer',
  complete: 'calls.transfer',
  leave: 'calls.leave_conference',
  dtmf: 'calls.dtmf',
  'do-not-call': 'calls.do_not_call',
};

/** The main row of the call bar, by state. Hold and resume share a place. */
export function callBar(state: CallState): Action[] {
  switch (state) {
    case 'previewing':
    case 'returning':
    case 'offered':
      return [];
    case 'agent-ringing':
      return ['end', 'reject', 'cancel'];
    case 'joined':
      return ['leave'];
    case 'wrap-up':
    case 'closing':
    case 'closed':
      return ['callback', 'done', 'done-and-stop'];
  }
  const hold: Action = state === 'held' ? 'resume' : 'hold';
  return ['end', hold, 'transfer', 'invite', 'dtmf', 'consult', 'callback', 'done', 'done-and-stop'];
}

/** What concerns the third party, by state. */
export function partyBar(state: CallState): Action[] {
  switch (state) {
    case 'consult-ringing':
    case 'inviting':
    case 'parting':
      return ['end-consult'];
    case 'consulting':
    case 'alternated':
      return ['swap', 'complete', 'merge', 'end-consult'];
    case 'conference':
      return ['leave'];
    case 'transferring':
      return ['retrieve'];
    default:
      return [];
  }
}

/** Why an action is not possible. */
export type Refusal =
  | { why: 'noCall' | 'disposition' | 'offline' | 'pending' }
  | { why: 'state'; state: CallState }
  | { why: 'privilege'; privilege: string };

/** States in which the record of a call cannot be touched any more, or is not this agent's to touch: as after handing the call over. */
const closedRecord: CallState[] = ['returning', 'closing', 'closed', 'offered', 'joined'];

export function ownsRecord(call: Call): boolean {
  return !closedRecord.includes(call.state) && !call.handed_to;
}

/** Whether digits can be sent: to the contact, or else to whoever is there. */
export function digitsTo(call: Call): string | undefined {
  const takers = call.parties.filter((party) => party.allowed?.includes('dtmf'));
  return (takers.find((party) => party.role === 'contact') ?? takers[0])?.id;
}

/** refusal is why an action on a call is not possible now, undefined if it is. */
export function refusal(action: Action, call: Call | undefined, campaign: Pick<Rules, 'privileges' | 'disposition_required'> | undefined): Refusal | undefined {
  if (!call) return { why: 'noCall' };
  if (action === 'callback') return refusedCallback(call, campaign);
  const possible = {
    dtmf: () => digitsTo(call) !== undefined,
    'do-not-call': () => ownsRecord(call) && (campaign?.privileges.includes('calls.do_not_call') ?? false),
    'done-and-stop': () => call.allowed.includes('done'),
    note: () => ownsRecord(call) && !call.read_only,
  } as Partial<Record<Action, () => boolean>>;
  if (!(possible[action] ?? (() => call.allowed.includes(action)))()) {
    const privilege = privilegeOf[action];
    if (privilege && campaign && !campaign.privileges.includes(privilege)) return { why: 'privilege', privilege };
    return { why: 'state', state: call.state };
  }
  const previewed = call.state === 'previewing'; // nobody was called, so there is nothing to say of it
  if ((action === 'done' || action === 'done-and-stop') && campaign?.disposition_required && !call.disposition && ownsRecord(call) && !previewed) return { why: 'disposition' };
  return undefined;
}

/** A callback can be promised as long as the record is the agent's, on a preview with a privilege of its own. */
function refusedCallback(call: Call, campaign: Pick<Rules, 'privileges'> | undefined): Refusal | undefined {
  if (!ownsRecord(call) || call.state === 'agent-ringing' || !campaign) return { why: 'state', state: call.state };
  const has = (privilege: string) => campaign.privileges.includes(privilege);
  if (call.state === 'previewing' && !has('calls.callback.preview')) return { why: 'privilege', privilege: 'calls.callback.preview' };
  if (!has('calls.callback.personal') && !has('calls.callback.pool')) return { why: 'privilege', privilege: 'calls.callback.personal' };
  return undefined;
}
