import { computed, effect, signal, untracked } from '@preact/signals';
import { Refused } from '../api/client';
import type { Call, Verdict } from '../api/types';
import { t } from '../i18n';
import { call, campaign, client, explain, now, run, say } from './app';
import { blank, changed, draftOf, filled, waitProblem, whole, zonesOf, type Form, type Zones } from './draft';
import { dialog } from './view';

// The dialog that schedules a callback: what is typed is checked by the server while it is typed, and kept with the call when it is right.

/** How long after the last key the server is asked. */
const quietMs = 180;

interface Work {
  call: string;
  form: Form;
  zones: Zones;
  /** Of the newest form that the server has judged. */
  verdict?: Verdict;
  /** The form has changed since. */
  stale: boolean;
  /** Why the server could not judge it. */
  trouble?: string;
  /** Done was refused because of the draft that the call has. */
  blocked: boolean;
  /** What the hours that happen twice are, for the time that is typed. */
  choices?: { at: string; zone: string; of: NonNullable<Verdict['problems'][number]['choices']> };
}

export const work = signal<Work | undefined>(undefined);

let asking: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Opens the dialog on the draft that the call has, or on a new one. */
export function openCallback(blocked = false): void {
  const of = call.value;
  const rules = campaign.value;
  if (!of || !rules) return;
  const kept = of.callback;
  const form = kept ? filled(of, kept.draft, rules.callback) : blank(of, rules.callback, rules.privileges, now.value);
  work.value = { call: of.id, form, zones: zonesOf(of, rules.callback, kept), verdict: kept, stale: true, blocked };
  dialog.value = { kind: 'callback' };
  check(0);
}

/** edit takes what was typed. */
export function edit(by: Partial<Form>): void {
  const w = work.value;
  if (!w) return;
  work.value = { ...w, form: changed(w.form, by), stale: true, trouble: undefined };
  check(quietMs);
}

// An answer counts only if nothing was typed since the question, so an older one can never overwrite a newer one.
function check(after: number): void {
  clearTimeout(timer);
  asking?.abort();
  const stop = (asking = new AbortController());
  timer = setTimeout(() => void ask(stop.signal), after);
}

async function ask(signal: AbortSignal): Promise<void> {
  const w = work.value;
  if (!w) return;
  try {
    const verdict = await client.send('POST /api/v1/calls/{id}/callback/check', { path: { id: w.call }, body: draftOf(w.form, w.zones), signal });
    if (!signal.aborted) judged(verdict);
  } catch (error) {
    if (!signal.aborted && work.value) work.value = { ...work.value, trouble: explain(error) };
  }
}

function judged(verdict: Verdict): void {
  const w = work.value;
  const of = call.value;
  const rules = campaign.value;
  if (!w || !of || !rules) return;
  const zones = zonesOf(of, rules.callback, verdict);
  const found = verdict.problems.find((p) => p.code === 'ambiguous_hour')?.choices;
  const { at, zone } = verdict.draft.when;
  const choices = found ? { at, zone, of: found } : w.choices?.at === at && w.choices.zone === zone ? w.choices : undefined;
  const moved = w.form.side === 'contact' && zones.contact !== w.zones.contact; // the number's zone is another one than the record's
  work.value = { ...w, zones, verdict, stale: moved, choices, trouble: undefined };
  if (moved) check(0);
}

/** Why the callback cannot be scheduled as it is typed; undefined if it can. */
export const hindrance = computed((): string | undefined => {
  const w = work.value;
  if (!w) return undefined;
  if (!whole(w.form)) return t().callback.noTime;
  if (!w.form.number && !w.form.other.trim()) return t().callback.noNumber;
  if (w.trouble) return w.trouble;
  if (w.stale) return t().callback.checking;
  const problem = waitProblem(w.form) ?? w.verdict?.problems[0];
  return problem && problemText(problem.code);
});

export function problemText(code: string): string {
  return t().callback.problem[code] ?? t().problemOther;
}

/** Keeps the callback with the call. What the server refuses is shown where it belongs. */
export async function schedule(): Promise<void> {
  const w = work.value;
  if (!w || hindrance.value) return;
  let refused: Verdict | undefined;
  const done = await run('callback', async () => {
    try {
      await client.send('PUT /api/v1/calls/{id}/callback', { path: { id: w.call }, body: draftOf(w.form, w.zones) });
    } catch (error) {
      refused = error instanceof Refused ? error.problem.verdict : undefined;
      if (!refused) throw error;
    }
  });
  if (refused) judged(refused);
  else if (done) closeDialog();
}

/** Takes the call's callback back. */
export async function unschedule(id: string): Promise<void> {
  if (await run('callback', () => client.send('DELETE /api/v1/calls/{id}/callback', { path: { id } }))) {
    if (dialog.value?.kind === 'callback') closeDialog();
    say('info', t().callback.dropped);
  }
}

/** done was refused because the callback cannot be promised any more: the dialog says why, and offers to mend it or to drop it. */
export function explainRefusal(verdict: Verdict | undefined): void {
  openCallback(true);
  if (verdict) judged(verdict);
}

/** The browser gives the focus back to where it was. */
function closeDialog(): void {
  document.querySelector<HTMLDialogElement>('dialog[open]')?.close();
  dialog.value = undefined;
}

// The dialog belongs to one call; it closes when that is gone, and nothing is asked any more.
effect(() => {
  const id = call.value?.id;
  const open = dialog.value?.kind === 'callback';
  untracked(() => {
    const w = work.value;
    if (!w || (open && w.call === id)) return;
    clearTimeout(timer);
    asking?.abort();
    work.value = undefined;
    if (open) dialog.value = undefined;
  });
});

/** Whether the call has a callback that cannot be promised as it is. */
export function spoiled(of: Call): boolean {
  return (of.callback?.problems.length ?? 0) > 0;
}
