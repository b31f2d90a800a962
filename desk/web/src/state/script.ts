import { computed, effect, signal, untracked } from '@preact/signals';
import { Refused } from '../api/client';
import type { Call, Script } from '../api/types';
import { call, client, complain, link, run, session } from './app';

// The script of the call's campaign, filled in by the server with what is known of the contact.

interface Shown {
  call: string;
  script: Script;
}

export const script = signal<Shown | undefined>(undefined);

/** Campaigns that have none, so that they are asked once. */
const without = new Set<string>();

/** What is filled in from a call: when it changes, the script is another one. */
export function filledFrom(of: Pick<Call, 'id' | 'number' | 'record'>): string {
  const { name, fields, numbers } = of.record;
  return JSON.stringify([of.id, of.number, name, numbers[0]?.number, Object.entries(fields).sort()]);
}

const wanted = computed(() => {
  const of = call.value;
  return of && of.state !== 'offered' && link.value === 'open' ? filledFrom(of) : '';
});

effect(() => {
  if (!wanted.value) return;
  const stop = new AbortController();
  untracked(() => void read(call.value!, stop.signal));
  return () => stop.abort();
});

async function read({ id, campaign }: Call, signal: AbortSignal): Promise<void> {
  if (without.has(campaign)) {
    script.value = undefined;
    return;
  }
  try {
    const found = await client.send('GET /api/v1/calls/{id}/script', { path: { id }, signal });
    if (!signal.aborted) script.value = { call: id, script: found };
  } catch (error) {
    if (signal.aborted) return;
    script.value = undefined;
    if (error instanceof Refused && error.code === 'no_script') without.add(campaign);
    else complain(error);
  }
}

/** Another server, or another configuration, may have other scripts. */
effect(() => {
  if (session.value) return;
  without.clear();
  script.value = undefined;
});

/** answer keeps what the contact answered in a step; '' takes it back. */
export function answer(id: string, step: string, value: string): Promise<boolean> {
  return run(`script ${step}`, async () => {
    const found = await client.send('PUT /api/v1/calls/{id}/script/answers/{step}', { path: { id, step }, body: { value } });
    if (call.value?.id === id) script.value = { call: id, script: found };
  });
}
