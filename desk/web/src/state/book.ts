import { computed, effect, signal, untracked } from '@preact/signals';
import type { Draft, FoundTarget, Promised, Verdict } from '../api/types';
import { Refused } from '../api/client';
import { t } from '../i18n';
import { client, explain, link, model, now, run, say, session } from './app';
import { dialog } from './view';

// The callback book: what was promised, looked at again and again, since no event tells of it.

export type Scope = 'open' | 'overdue' | 'ended';

export const scope = signal<Scope>('open');
/** Everybody's callbacks, for who may manage them. */
export const everybody = signal(false);
/** The campaign whose callbacks are shown; '' for all. */
export const ofCampaign = signal('');
/** Within which time they are due, as a calendar wants them; undefined for all that are to be. */
export const range = signal<{ from?: string; before: string } | undefined>(undefined);
/** Names of campaigns that are not the agent's own. */
export const campaignNames = signal<Readonly<Record<string, string>>>({});
/** Whether the book is shown as a place of its own. */
export const bookShown = signal(false);
/** What is shown; undefined until it has come. */
export const listed = signal<{ of: readonly Promised[]; more: boolean } | undefined>(undefined);
export const trouble = signal('');

/** How much the agent answers for, for the line beside the campaigns. */
export const counts = signal<{ open: number; overdue: number; next?: Promised } | undefined>(undefined);

export const manages = computed(() => session.value?.privileges.includes('callbacks.manage') ?? false);

/** How often the book is read: the open one, and the counts. */
const bookMs = 3000;
const countMs = 20_000;
/** How far back ended callbacks are shown. */
const endedMs = 7 * 24 * 3600 * 1000;
const limit = '100';
/** A calendar shows a week, with everybody's. */
const calendarLimit = '1000';
const calendarMs = 5000;

let reading: AbortController | undefined;

/** Reads what is shown anew. */
export async function read(): Promise<void> {
  reading?.abort();
  const stop = (reading = new AbortController());
  const query: Record<string, string> = range.value ? { scope: 'open', limit: calendarLimit, ...range.value } : { scope: scope.value, limit };
  if (everybody.value) query.everybody = 'true';
  if (ofCampaign.value) query.campaign = ofCampaign.value;
  if (query.scope === 'ended') query.from = new Date(now.value - endedMs).toISOString();
  try {
    const found = await client.send('GET /api/v1/callbacks', { query, signal: stop.signal });
    if (stop.signal.aborted) return;
    listed.value = { of: query.scope === 'ended' ? [...found.callbacks].reverse() : found.callbacks, more: found.more };
    trouble.value = '';
  } catch (error) {
    if (!stop.signal.aborted) trouble.value = explain(error);
  }
}

export function show(which: Scope, all = everybody.value, campaign = ofCampaign.value): void {
  scope.value = which;
  everybody.value = all;
  ofCampaign.value = campaign;
  listed.value = undefined;
  void read();
}

async function count(): Promise<void> {
  try {
    const open = await client.send('GET /api/v1/callbacks', { query: { scope: 'open', limit: '200' } });
    const overdue = open.callbacks.filter((p) => p.state === 'due').length;
    counts.value = { open: open.callbacks.length, overdue, next: open.callbacks.find((p) => p.state === 'waiting') };
  } catch {
    // The page says elsewhere that the server is away; the figures are read again.
  }
}

const handled = computed(() => Object.keys(model.value.calls).join(' '));

// While somebody is signed in the figures are kept fresh, and read at once when a call has ended: it may have promised or kept something.
effect(() => {
  if (!session.value || link.value !== 'open') {
    counts.value = undefined;
    return;
  }
  void handled.value;
  untracked(() => void count());
  const again = setInterval(() => void count(), countMs);
  return () => clearInterval(again);
});

effect(() => {
  if (dialog.value?.kind !== 'book' && !bookShown.value) return;
  const everyMs = range.value ? calendarMs : bookMs;
  untracked(() => show(scope.value));
  const again = setInterval(() => void read(), everyMs);
  return () => {
    clearInterval(again);
    reading?.abort();
  };
});

const at = (p: Promised) => ({ campaign: p.campaign, id: p.id });

async function change(what: 'move' | 'hand-over' | 'cancel' | 'release', command: () => Promise<unknown>): Promise<Verdict | boolean> {
  let verdict: Verdict | undefined;
  const done = await run(`book ${what}`, command, (error) => {
    verdict = error instanceof Refused ? error.problem.verdict : undefined;
    return verdict !== undefined;
  });
  if (done) {
    say('info', t().book.done[what]);
    void count();
  }
  void read();
  return verdict ?? done;
}

/** The commands answer whether it was done; move answers the verdict when the time is refused. */
export const book = {
  move: (p: Promised, when: Draft['when'], why: string) =>
    change('move', () => client.send('POST /api/v1/campaigns/{campaign}/callbacks/{id}/move', { path: at(p), body: why ? { when, why } : { when } })),
  handOver: (p: Promised, to: string) =>
    change('hand-over', () => client.send('POST /api/v1/campaigns/{campaign}/callbacks/{id}/hand-over', { path: at(p), body: { to } })),
  cancel: (p: Promised, why: string) =>
    change('cancel', () => client.send('POST /api/v1/campaigns/{campaign}/callbacks/{id}/cancel', { path: at(p), body: why ? { why } : {} })),
  release: (p: Promised) => change('release', () => client.send('POST /api/v1/campaigns/{campaign}/callbacks/{id}/release', { path: at(p) })),
  /** The colleagues whom a callback can be handed to. */
  async colleagues(): Promise<FoundTarget[]> {
    const found = await client.send('GET /api/v1/targets', { query: { limit: '200' } });
    return found.targets.filter((target) => target.kind === 'agent' && target.id);
  },
};
