import { signal } from '@preact/signals';
import type { Call } from '../api/types';
import { call, commands, explain, say } from './app';

// The note of the call, kept while it is typed and sent a moment after the last key.

export type Saving = 'clean' | 'dirty' | 'saving';

interface Draft {
  call: string;
  text: string;
  state: Saving;
}

/** How long after the last key the note is sent. */
const quietMs = 700;

export const draft = signal<Draft | undefined>(undefined);

let timer: ReturnType<typeof setTimeout> | undefined;

/** What is to stand in the note of a call: what is being typed, or what the server has. */
export function noteOf(of: Call): string {
  const d = draft.value;
  return d?.call === of.id && d.state !== 'clean' ? d.text : (of.note ?? '');
}

export function write(id: string, text: string): void {
  draft.value = { call: id, text, state: 'dirty' };
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), quietMs);
}

/** Sends what has been typed. */
export async function flush(): Promise<void> {
  clearTimeout(timer);
  const d = draft.value;
  if (d?.state !== 'dirty') return;
  draft.value = { ...d, state: 'saving' };
  try {
    await commands.note(d.call, d.text);
    if (draft.value?.call === d.call && draft.value.text === d.text) draft.value = { ...d, state: 'clean' };
  } catch (error) {
    if (draft.value?.call === d.call && draft.value.text === d.text) draft.value = { ...d, state: 'dirty' };
    if (call.value?.id === d.call) say('error', explain(error));
  }
}

/** What has not been sent yet for a call, so that done can take it along. */
export function unsent(id: string): string | undefined {
  const d = draft.value;
  clearTimeout(timer);
  return d?.call === id && d.state !== 'clean' ? d.text : undefined;
}
