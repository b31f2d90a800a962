import type { Call, CallbackRules, Draft, DraftProblem, Verdict } from '../api/types';

// What an agent types of a callback, and the draft that it makes. The server judges drafts; nothing here decides what is right.

/** Whose clock is typed. */
export type Side = 'contact' | 'agent';

export interface Form {
  /** YYYY-MM-DD, "" for none yet. */
  date: string;
  /** HH:MM, "" for none yet. */
  time: string;
  side: Side;
  /** Which one is meant, of an hour that happens twice. */
  hour?: 'earlier' | 'later';
  /** One of the chain, or "" for the one in other. */
  number: string;
  other: string;
  kind: 'personal' | 'pool';
  minutes: number;
  then: 'pool' | 'group' | 'next-shift' | 'supervisor';
  group: string;
  note: string;
}

/** IANA zones of the two clocks. */
export interface Zones {
  contact: string;
  agent: string;
}

type Rules = Pick<CallbackRules, 'kind' | 'absent' | 'time_zone' | 'groups'>;

/** Which kinds the privileges allow. */
export function kindsOf(privileges: readonly string[]): Form['kind'][] {
  return (['personal', 'pool'] as const).filter((kind) => privileges.includes(`calls.callback.${kind}`));
}

/** zonesOf are the clocks of a call: the contact's is the record's, or what a verdict said, or else taken to be the agent's. */
export function zonesOf(call: Call, rules: Rules, verdict?: Verdict): Zones {
  const said = verdict?.contact[0]?.zone ?? verdict?.slots[0]?.contact[0]?.zone;
  return { contact: said ?? (call.record.time_zone || rules.time_zone), agent: rules.time_zone };
}

/** dateIn is the day that it is at ms in a zone, YYYY-MM-DD. */
export function dateIn(zone: string, ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
}

/** blank is the form of a new callback: today, at a time that is still to be chosen. */
export function blank(call: Call, rules: Rules, privileges: readonly string[], now: number): Form {
  const kinds = kindsOf(privileges);
  const zones = zonesOf(call, rules);
  const chain = call.record.numbers;
  const usual = call.number && chain.some((n) => n.number === call.number && !n.do_not_call) ? call.number : chain.find((n) => !n.do_not_call)?.number;
  return {
    date: dateIn(zones.contact, now), time: '', side: 'contact', number: usual ?? chain[0]?.number ?? '', other: '',
    kind: kinds.includes(rules.kind) ? rules.kind : (kinds[0] ?? rules.kind),
    minutes: rules.absent.minutes, then: rules.absent.then, group: rules.absent.group || (rules.groups[0] ?? ''), note: '',
  };
}

/** filled is the form of a draft that the call has. */
export function filled(call: Call, draft: Draft, rules: Rules): Form {
  const zones = zonesOf(call, rules);
  const [date = '', time = ''] = draft.when.at.split('T');
  const inChain = call.record.numbers.some((n) => n.number === draft.number);
  return {
    date, time: time.slice(0, 5), side: draft.when.zone === zones.agent && zones.agent !== zones.contact ? 'agent' : 'contact', hour: draft.when.hour,
    number: inChain ? (draft.number ?? '') : '', other: inChain ? '' : (draft.number ?? ''), kind: draft.kind ?? rules.kind,
    minutes: draft.absent?.minutes ?? rules.absent.minutes, then: draft.absent?.then ?? rules.absent.then,
    group: draft.absent?.group || rules.absent.group || (rules.groups[0] ?? ''), note: draft.note ?? '',
  };
}

/** The longest that an absent owner can be waited for, in minutes. The server takes no other number even to judge it. */
const longestWait = 1440;

/** waitProblem is what is wrong with the minutes. */
export function waitProblem(form: Pick<Form, 'kind' | 'minutes'>): DraftProblem | undefined {
  const right = form.kind !== 'personal' || (form.minutes >= 0 && form.minutes <= longestWait);
  return right ? undefined : { code: 'wait_out_of_range', field: 'absent.minutes', message: '' };
}

/** draftOf is what the server is asked about. */
export function draftOf(form: Form, zones: Zones): Draft {
  const draft: Draft = {
    when: { at: whole(form) ? `${form.date}T${form.time}` : '', zone: form.side === 'contact' ? zones.contact : zones.agent },
    number: form.number || form.other, kind: form.kind, note: form.note,
  };
  if (form.hour) draft.when.hour = form.hour;
  if (form.kind === 'personal') {
    draft.absent = { minutes: Math.min(Math.max(form.minutes, 0), longestWait), then: form.then };
    if (form.then === 'group') draft.absent.group = form.group;
  }
  return draft;
}

/** whole tells whether date and time are there; without them there is nothing wrong yet. */
export function whole(form: Pick<Form, 'date' | 'time'>): boolean {
  return /^\d{4,}-\d\d-\d\d$/.test(form.date) && /^\d\d:\d\d$/.test(form.time);
}

/** changed is the form after something was typed: another time does not keep the answer to which of two hours is meant. */
export function changed(form: Form, by: Partial<Form>): Form {
  const next = { ...form, ...by };
  if (('date' in by || 'time' in by || 'side' in by) && !('hour' in by)) delete next.hour;
  return next;
}

/** Places of the form that problems stand at. */
export type Place = 'when' | 'number' | 'kind' | 'absent' | 'note';

export function placeOf(problem: DraftProblem): Place {
  const [first] = problem.field.split('.');
  return first === 'number' || first === 'kind' || first === 'absent' || first === 'note' ? first : 'when';
}

/** problemsAt are those to show at a place. That date and time are still to be typed, or are asked about elsewhere, is none. */
export function problemsAt(place: Place, verdict: Verdict | undefined, form: Pick<Form, 'date' | 'time' | 'number' | 'other' | 'kind' | 'minutes'>): DraftProblem[] {
  const wait = waitProblem(form);
  return [...(verdict?.problems ?? []), ...(wait ? [wait] : [])].filter((p) => {
    if (p.code === 'malformed_time' && !whole(form)) return false;
    if (p.code === 'malformed_number' && !form.number && !form.other) return false;
    return placeOf(p) === place;
  });
}
