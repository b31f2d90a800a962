import type { Call, CallState, Campaign } from '../api/types';

/** Everything an agent can do that has a button or a key. */
export type Action =
  | 'accept' | 'reject' | 'cancel'
  | 'end' | 'hold' | 'resume' | 'transfer' | 'invite' | 'dtmf' | 'consult'
  | 'swap' | 'complete' | 'merge' | 'end-consult' | 'retrieve' | 'leave'
  | 'done' | 'done-and-stop' | 'do-not-call' | 'get-record' | 'ready' | 'note' | 'help' | 'settings';

/** Commands that are sent to the call at POST /calls/{id}/NAME and take nothing. */
export type Plain = 'end' | 'hold' | 'resume' | 'swap' | 'complete' | 'merge' | 'end-consult' | 'retrieve' | 'leave' | 'reject' | 'cancel';

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
      return ['done', 'done-and-stop'];
  }
  const hold: Action = state === 'held' ? 'resume' : 'hold';
  return ['end', hold, 'transfer', 'invite', 'dtmf', 'consult', 'done', 'done-and-stop'];
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
export function refusal(action: Action, call: Call | undefined, campaign: Campaign | undefined): Refusal | undefined {
  if (!call) return { why: 'noCall' };
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
  if ((action === 'done' || action === 'done-and-stop') && campaign?.disposition_required && !call.disposition && ownsRecord(call)) return { why: 'disposition' };
  return undefined;
}
