import { batch, computed, effect, signal, untracked, type Signal } from '@preact/signals';
import type { AgentBoard, AgentState, BoardEvent, CampaignBoard, LiveCall } from '../api/types';
import { client, link, now, run, say, session } from '../state/app';
import { language } from '../i18n';
import { remember, remembered } from '../state/memory';
import { go } from '../state/place';
import { forget, watch } from './figures';
import { b } from './i18n';
import { allCalls, forgetCalls, tookCall, tookFailure } from './live';
import { byState, chosen, grown, type Deed, type Sort } from './logic';
import { allRuns, forgetRuns, tookCourse, tookDialing, tookRun } from './runs';

// What the supervisor's places show. Each agent is a signal of its own, so that one whose figures change is the only row that is drawn anew.

export const campaigns = signal<readonly CampaignBoard[] | undefined>(undefined);
/** Since when no figures come, by the server's clock, in ms; 0 while they do. */
export const lostAt = signal(0);

const people = new Map<string, Signal<AgentBoard>>();
/** Changes when somebody comes, goes, or gets another name or campaign. */
const members = signal(0);
/** Changes when somebody gets into another state, or else members does. */
const muster = signal(0);

export const filterCampaign = signal('');
export const filterState = signal<AgentState | ''>('');
export const filterText = signal('');
export const sort = signal<Sort>(remembered<Sort>('boardSort', 'name'));

export function sortBy(how: Sort): void {
  sort.value = how;
  remember('boardSort', how);
}

/** The agent who is looked at. */
export const selected = signal<string | undefined>(undefined);

export function personOf(id: string): AgentBoard | undefined {
  void muster.value;
  return people.get(id)?.value;
}

/** The signal of an agent in the list. */
export const signalOf = (id: string): Signal<AgentBoard> | undefined => people.get(id);

const everybody = computed(() => {
  void muster.value;
  return untracked(() => [...people.values()].map((one) => one.value));
});

export const inCampaign = computed(() => everybody.value.filter((one) => !filterCampaign.value || one.campaigns.includes(filterCampaign.value)));
export const counts = computed(() => byState(inCampaign.value));

const collator = computed(() => new Intl.Collator(language.value));

/** The agents to show, in order. By name, and whatever they do, that is the same from one change of a state to the next: most events move no row. */
export const shown = computed(() => {
  const steady = sort.value === 'name' && !filterState.value;
  void members.value;
  const all = steady ? untracked(() => everybody.value) : everybody.value;
  return chosen(all, { campaign: filterCampaign.value, state: filterState.value, text: filterText.value, sort: sort.value }, collator.value.compare);
});

/** The server's time in steps that figures of hours need: each agent's go on with it. */
const step = computed(() => Math.floor(now.value / 5000) * 5000);

/** The agent's figures of this moment. */
export const present = (one: AgentBoard): Pick<AgentBoard, 'seconds' | 'utilisation'> => grown(one, step.value);

export const campaignName = (id: string): string => campaigns.value?.find((one) => one.id === id)?.name ?? id;

/** take takes over what the stream tells, and draws anew only what changed. */
export function take(event: BoardEvent): void {
  switch (event.kind) {
    case 'snapshot':
      batch(() => {
        const present = new Set(event.data.agents.map((one) => one.id));
        for (const id of [...people.keys()]) if (!present.has(id)) removed(id);
        event.data.agents.forEach(came);
        allCalls(event.data.calls);
        allRuns(event.data);
        campaigns.value = event.data.campaigns;
      });
      break;
    case 'agent':
      batch(() => (event.data.state === 'signed-out' ? removed(event.data.id) : came(event.data)));
      break;
    case 'campaign': {
      const all = campaigns.peek() ?? [];
      const at = all.findIndex((one) => one.id === event.data.id);
      campaigns.value = at < 0 ? [...all, event.data] : all.with(at, event.data);
      break;
    }
    case 'run':
      tookRun(event.data);
      break;
    case 'dialing':
      tookDialing(event.data);
      break;
    case 'course':
      tookCourse(event.data);
      break;
    case 'call':
      batch(() => tookCall(event.data));
      break;
    case 'recording-failed':
      tookFailure(event.data);
  }
}

function came(one: AgentBoard): void {
  const known = people.get(one.id);
  if (!known) {
    people.set(one.id, signal(one));
    gathered();
    return;
  }
  const before = known.peek();
  known.value = one;
  if (before.name !== one.name || before.campaigns.join() !== one.campaigns.join()) gathered();
  else if (before.state !== one.state || before.since !== one.since) muster.value++;
}

function removed(id: string): void {
  if (people.delete(id)) gathered();
}

function gathered(): void {
  members.value++;
  muster.value++;
}

const watched = signal(0);

/** lookOn has figures come as long as something shows them; it answers how to stop. */
export function lookOn(): () => void {
  watched.value++;
  return () => void watched.value--;
}

effect(() => {
  if (!watched.value || !session.value || link.value !== 'open') return;
  return untracked(() =>
    watch({
      event: take,
      link(state) {
        if (state === 'open') lostAt.value = 0;
        else lostAt.value ||= now.peek();
      },
    }),
  );
});

/** Nothing of one supervisor's is left for the next. */
effect(() => {
  if (session.value) return;
  forget();
  untracked(() => batch(() => {
    people.clear();
    gathered();
    campaigns.value = undefined;
    forgetCalls();
    forgetRuns();
    lostAt.value = 0;
    selected.value = undefined;
    filterCampaign.value = filterState.value = filterText.value = '';
  }));
});

/** What is done with agents and their calls. They answer whether it was done. */
export const deeds = {
  supervise: (agent: string, mode: 'listen' | 'whisper' | 'barge') =>
    run('supervise', () => client.send('PUT /api/v1/supervision', { body: { agent, mode } })),
  stop: () => run('supervise', () => client.send('DELETE /api/v1/supervision')),
  /** The call is the supervisor's own then, so the page goes to the desk. */
  takeOver: async () => {
    const done = await run('take-over', () => client.send('POST /api/v1/supervision/take-over'));
    if (done) go('desk');
    return done;
  },
  end: (call: LiveCall) => noted('end', b().done.end(call.agent_name || call.agent), () => client.send('POST /api/v1/live-calls/{id}/end', { path: { id: call.id } })),
  signOut: (agent: AgentBoard) => noted('sign-out', b().done['sign-out'](agent.name || agent.id), () => client.send('POST /api/v1/agents/{id}/sign-out', { path: { id: agent.id } })),
};

async function noted(deed: Deed, text: string, command: () => Promise<unknown>): Promise<boolean> {
  const done = await run(`other ${deed}`, command);
  if (done) say('info', text);
  return done;
}
