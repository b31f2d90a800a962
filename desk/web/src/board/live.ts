import { computed, signal, type Signal } from '@preact/signals';
import type { CallOver, LiveCall, RecordingFailure } from '../api/types';

// The calls that go on, as the wallboard's stream tells them. Each agent's is a signal of its own, so that a call that changes draws one row anew.

/** By their ids: a call may go to another agent. */
const known = new Map<string, LiveCall>();
const slots = new Map<string, Signal<LiveCall | undefined>>();

/** How many there are. */
export const callCount = signal(0);

function slotOf(agent: string): Signal<LiveCall | undefined> {
  let slot = slots.get(agent);
  if (!slot) slots.set(agent, (slot = signal(undefined)));
  return slot;
}

/** callOf is the call that an agent has, as far as the supervisor may do something with it. */
export const callOf = (agent: string): LiveCall | undefined => slotOf(agent).value;

const isOver = (call: LiveCall | CallOver): call is CallOver => call.state === 'over';

/** tookCall takes over what the stream tells of a call. */
export function tookCall(call: LiveCall | CallOver): void {
  const before = known.get(call.id);
  if (isOver(call)) known.delete(call.id);
  else known.set(call.id, call);
  if (before && (isOver(call) || before.agent !== call.agent)) {
    const slot = slotOf(before.agent);
    if (slot.peek()?.id === call.id) slot.value = undefined;
  }
  if (!isOver(call)) slotOf(call.agent).value = call;
  callCount.value = known.size;
}

/** allCalls takes over all calls there are. */
export function allCalls(calls: readonly LiveCall[]): void {
  const present = new Set(calls.map((one) => one.id));
  for (const id of [...known.keys()]) if (!present.has(id)) tookCall({ id, state: 'over' });
  calls.forEach(tookCall);
}

/** How many failed recordings are told of at most; what is wrong with the others is in the calls' rows. */
const mostFailures = 3;

const failed = signal<readonly RecordingFailure[]>([]);

/** The recordings that failed and that nobody has taken note of, the newest first. */
export const failures = computed(() => failed.value.slice(0, mostFailures));
export const moreFailures = computed(() => Math.max(0, failed.value.length - mostFailures));

export function tookFailure(one: RecordingFailure): void {
  failed.value = [one, ...failed.value.filter((other) => other.call !== one.call)];
}

/** Somebody has taken note of it; without a call, of all. */
export function noted(call?: string): void {
  failed.value = call ? failed.value.filter((one) => one.call !== call) : [];
}

/** Forgets all, for who comes next. */
export function forgetCalls(): void {
  allCalls([]);
  noted();
}
