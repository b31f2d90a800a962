import type { Abandon, Agent, AgentBoard, AgentState, CampaignBoard, Course, LiveCall, Placed } from '../api/types';

// What is worked out of the figures, without a page.

/** The states in the order in which a wallboard has them: what earns first, those away last. */
export const boardStates: readonly AgentState[] = ['on-call', 'preview', 'offered', 'wrap-up', 'ready', 'supervising', 'not-ready'];

export type Sort = 'name' | 'state' | 'time';

/** byState is how many agents are in which state. */
export function byState(people: readonly { state: AgentState }[]): Partial<Record<AgentState, number>> {
  const counts: Partial<Record<AgentState, number>> = {};
  for (const { state } of people) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export interface Wanted {
  campaign: string;
  state: AgentState | '';
  text: string;
  sort: Sort;
}

type Listed = Pick<AgentBoard, 'id' | 'name' | 'state' | 'since' | 'campaigns'>;

/** chosen is the ids of the agents to show, in order. Of equals the one with the smaller name comes first, so that rows stay where they are. */
export function chosen(people: readonly Listed[], { campaign, state, text, sort }: Wanted, compare: (a: string, b: string) => number): string[] {
  const sought = text.trim().toLowerCase();
  const byName = (a: Listed, b: Listed) => compare(a.name || a.id, b.name || b.id) || compare(a.id, b.id);
  const order: Record<Sort, (a: Listed, b: Listed) => number> = {
    name: byName,
    state: (a, b) => boardStates.indexOf(a.state) - boardStates.indexOf(b.state) || byName(a, b),
    time: (a, b) => Date.parse(a.since) - Date.parse(b.since) || byName(a, b),
  };
  return people
    .filter((one) => (!campaign || one.campaigns.includes(campaign)) && (!state || one.state === state))
    .filter((one) => !sought || one.name.toLowerCase().includes(sought) || one.id.toLowerCase().includes(sought))
    .sort(order[sort])
    .map((one) => one.id);
}

export type Strain = 'none' | 'within' | 'near' | 'over';

/** From this part of the limit on the rate is called near to it. */
const nearFrom = 0.8;

/** gauge is how an abandon rate stands against its limit: in a word, and where on a scale from 0 to 1 the two are. */
export function gauge({ rate, limit }: Pick<Abandon, 'rate' | 'limit'>): { strain: Strain; rate: number; limit: number } {
  if (limit <= 0) return { strain: 'none', rate: 0, limit: 0 };
  const whole = Math.max(limit * 1.5, rate * 1.1);
  return { strain: rate > limit ? 'over' : rate >= limit * nearFrom ? 'near' : 'within', rate: rate / whole, limit: limit / whole };
}

/** dueInAll is how many callbacks are due and with nobody, over the campaigns. */
export function dueInAll(campaigns: readonly Pick<CampaignBoard, 'callbacks_due'>[]): number {
  return campaigns.reduce((sum, one) => sum + one.callbacks_due, 0);
}

/** busiest is the id of the campaign in which most happened lately; '' if there is none. */
export function busiest(campaigns: readonly Pick<CampaignBoard, 'id' | 'attempts' | 'agents'>[]): string {
  const agents = (one: Pick<CampaignBoard, 'agents'>) => Object.values(one.agents).reduce((sum, n) => sum + n, 0);
  return [...campaigns].sort((a, z) => z.attempts - a.attempts || agents(z) - agents(a))[0]?.id ?? '';
}

/** inFlight is how many calls a campaign has placed that no agent has yet. */
export const inFlight = (p: Placed): number => p.dialing + p.ringing + p.detecting + p.announcing + p.waiting + p.message;

export type Step = Course['steps'][number];

/** How far back a course goes. */
const courseMs = 30 * 60_000;

/** withSteps is a course with the steps that were told since, each in the place of the one of the same time, and without those of before the half hour. */
export function withSteps(course: Course | undefined, told: Course): Course {
  const steps = new Map([...(course?.steps ?? []), ...told.steps].map((step) => [Date.parse(step.from), step]));
  const first = floor(Date.parse(told.at) - courseMs, told.step_seconds);
  return { ...told, steps: [...steps].filter(([from]) => from >= first).sort(([a], [z]) => a - z).map(([, step]) => step) };
}

const floor = (at: number, seconds: number) => at - (at % (1000 * seconds));

/** everyStep is a course's steps up to now, those in which nothing happened, and of which nothing is told, among them. */
export function everyStep(course: Course | undefined, now: number): readonly Step[] {
  if (!course?.steps.length) return [];
  const length = 1000 * course.step_seconds;
  const told = new Map(course.steps.map((step) => [Date.parse(step.from), step]));
  const known = [...told.keys()];
  const steps: Step[] = [];
  const last = Math.max(floor(now, course.step_seconds), known.at(-1)!);
  for (let from = Math.max(known[0]!, floor(last - courseMs, course.step_seconds)); from <= last; from += length) {
    steps.push(told.get(from) ?? { from: new Date(from).toISOString(), attempts: 0, answered: 0, abandoned: 0 });
  }
  return steps;
}

/** What a supervisor can do with an agent. */
export type Deed = 'listen' | 'whisper' | 'barge' | 'take-over' | 'end' | 'sign-out';

export type WhyNot = 'offline' | 'self' | 'phone' | 'per-call' | 'busy' | 'privilege' | 'no-call' | 'not-now' | 'listen-first' | 'has-call';

/** What is known when it is asked whether something can be done. */
export interface Situation {
  online: boolean;
  me: Agent;
  privileges: readonly string[];
  agent: Pick<AgentBoard, 'id' | 'state'>;
  /** The agent's call, as far as the supervisor may do something with it. */
  call: LiveCall | undefined;
}

const privilegeOf: Record<Deed, string> = {
  listen: 'calls.listen',
  whisper: 'calls.whisper',
  barge: 'calls.barge',
  'take-over': 'calls.take_over',
  end: 'calls.end_others',
  'sign-out': 'agents.sign_out',
};

const withCall: readonly AgentState[] = ['offered', 'preview', 'on-call', 'wrap-up'];

/** whyNot is why something cannot be done with an agent now; undefined if it can. The server decides in the end. */
export function whyNot(deed: Deed, { online, me, privileges, agent, call }: Situation): WhyNot | undefined {
  if (!online) return 'offline';
  if (agent.id === me.id) return 'self';
  const may = privileges.includes(privilegeOf[deed]);
  const allowed = call?.allowed.includes(deed) ?? false;
  switch (deed) {
    case 'listen':
    case 'whisper':
    case 'barge':
      if (me.phone.leg === 'per-call') return 'per-call';
      if (me.phone.state !== 'connected') return 'phone';
      if (withCall.includes(me.state)) return 'busy';
      // In a campaign there may be more or less that one may do: what the call says counts.
      return (call ? allowed : may) ? undefined : 'privilege';
    case 'take-over':
      if (!call) return may ? 'no-call' : 'privilege';
      if (me.supervision?.call !== call.id || me.supervision.state !== 'connected') return allowed || may ? 'listen-first' : 'privilege';
      return allowed ? undefined : may ? 'not-now' : 'privilege';
    case 'end':
      if (!call) return may ? 'no-call' : 'privilege';
      return allowed ? undefined : may ? 'not-now' : 'privilege';
    case 'sign-out':
      if (!may) return 'privilege';
      return withCall.includes(agent.state) ? 'has-call' : undefined;
  }
}

/** What of the agent's time counts as work, and what as time in which there could have been work. */
const work: readonly AgentState[] = ['preview', 'on-call', 'wrap-up'];
const workable: readonly AgentState[] = [...work, 'ready', 'offered'];

/** grown is an agent's time and utilisation at a moment: the time in the present state goes on since they were told. */
export function grown({ seconds, state, at, utilisation }: Pick<AgentBoard, 'seconds' | 'state' | 'at' | 'utilisation'>, now: number): Pick<AgentBoard, 'seconds' | 'utilisation'> {
  const passed = (now - Date.parse(at)) / 1000;
  if (!(passed > 0)) return { seconds, utilisation };
  const all: Record<string, number> = { ...seconds, [state]: (seconds[state] ?? 0) + passed };
  const sum = (states: readonly AgentState[]) => states.reduce((n, one) => n + (all[one] ?? 0), 0);
  const whole = sum(workable);
  return { seconds: all, utilisation: whole > 0 ? sum(work) / whole : 0 };
}

/** shares is the parts of a whole, as pieces of a bar: what is less than a thousandth is left out. */
export function shares(seconds: Readonly<Record<string, number>>): { state: AgentState; seconds: number; part: number }[] {
  const all = Object.values(seconds).reduce((sum, n) => sum + n, 0);
  return boardStates
    .map((state) => ({ state, seconds: seconds[state] ?? 0, part: all > 0 ? (seconds[state] ?? 0) / all : 0 }))
    .filter(({ part }) => part >= 0.001);
}
