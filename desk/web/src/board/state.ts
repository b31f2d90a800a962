import { batch, computed, effect, signal, untracked, type Signal } from '@preact/signals';
import type { AgentBoard, AgentState, CampaignBoard, LiveCall } from '../api/types';
import { client, explain, link, now, run, say, session } from '../state/app';
import { language } from '../i18n';
import { remember, remembered } from '../state/memory';
import { go } from '../state/place';
import { hurry, watch, type Figures } from './figures';
import { b } from './i18n';
import { byState, chosen, type Deed, type Sort } from './logic';

// What the supervisor's places show. Each agent is a signal of its own, so that one whose figures change is the only row that is drawn anew.

export const campaigns = signal<readonly CampaignBoard[] | undefined>(undefined);
export const calls = signal<ReadonlyMap<string, LiveCall>>(new Map());
/** When the figures were those, by the server's clock, in ms. */
export const heardAt = signal(0);
export const trouble = signal('');

const people = new Map<string, Signal<AgentBoard>>();
const texts = new Map<string, string>();
/** Changes when somebody comes, goes, or gets into another state. */
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

export const shown = computed(() =>
  chosen(everybody.value, { campaign: filterCampaign.value, state: filterState.value, text: filterText.value, sort: sort.value }, collator.value.compare),
);

export const campaignName = (id: string): string => campaigns.value?.find((one) => one.id === id)?.name ?? id;

/** Whether the figures are too old to be trusted. */
export const stale = computed(() => heardAt.value > 0 && now.value - heardAt.value > 10_000);

/** take takes figures over, and draws anew only what changed. */
export function take({ board, calls: live }: Figures): void {
  batch(() => {
    let moved = people.size !== board.agents.length;
    const present = new Set<string>();
    for (const one of board.agents) {
      present.add(one.id);
      const known = people.get(one.id);
      const text = JSON.stringify(one);
      if (!known) {
        people.set(one.id, signal(one));
        moved = true;
      } else if (texts.get(one.id) !== text) {
        const before = known.peek();
        moved ||= before.state !== one.state || before.since !== one.since || before.name !== one.name || before.campaigns.join() !== one.campaigns.join();
        known.value = one;
      }
      texts.set(one.id, text);
    }
    for (const id of people.keys()) {
      if (present.has(id)) continue;
      people.delete(id);
      texts.delete(id);
      moved = true;
    }
    if (moved) muster.value++;
    campaigns.value = board.campaigns;
    calls.value = new Map(live.map((one) => [one.agent, one]));
    heardAt.value = Date.parse(board.at);
    trouble.value = '';
  });
}

const watched = signal(0);

/** lookOn has figures come as long as something shows them; it answers how to stop. */
export function lookOn(): () => void {
  watched.value++;
  return () => void watched.value--;
}

effect(() => {
  if (!watched.value || !session.value || link.value !== 'open') return;
  return watch({ figures: take, trouble: (error) => (trouble.value = explain(error)) });
});

/** Nothing of one supervisor's is left for the next. */
effect(() => {
  if (session.value) return;
  batch(() => {
    people.clear();
    texts.clear();
    muster.value++;
    campaigns.value = undefined;
    calls.value = new Map();
    heardAt.value = 0;
    selected.value = undefined;
    filterCampaign.value = filterState.value = filterText.value = '';
  });
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
  hurry();
  return done;
}
