import { computed, signal, type Signal } from '@preact/signals';
import type { Course, Dialing, Run, Wallboard } from '../api/types';
import { now } from '../state/app';
import { everyStep, withSteps } from './logic';

// Who runs the campaigns, how they dial and how their figures went, as the wallboard's stream tells it. Each campaign has a signal of its own, so that what
// changes in one draws no other anew.

/** Something of each campaign; nothing of those of which it is not told. */
class PerCampaign<T> {
  private readonly slots = new Map<string, Signal<T | undefined>>();

  of(campaign: string): Signal<T | undefined> {
    let slot = this.slots.get(campaign);
    if (!slot) this.slots.set(campaign, (slot = signal(undefined)));
    return slot;
  }

  /** all takes over what there is of all of them. */
  all(them: readonly (T & { campaign: string })[]): void {
    const present = new Map(them.map((one) => [one.campaign, one]));
    for (const [id, slot] of this.slots) if (!present.has(id)) slot.value = undefined;
    for (const [id, one] of present) this.of(id).value = one;
  }
}

const runs = new PerCampaign<Run>();
const dialings = new PerCampaign<Dialing>();
const courses = new PerCampaign<Course>();

/** runOf is who started or stopped a campaign; nothing for who may not run it. */
export const runOf = (campaign: string): Run | undefined => runs.of(campaign).value;

/** dialingOf is how a campaign dials; nothing of one that does not by itself, and for who may not run it. */
export const dialingOf = (campaign: string): Dialing | undefined => dialings.of(campaign).value;

export const tookRun = (one: Run): void => void (runs.of(one.campaign).value = one);
export const tookDialing = (one: Dialing): void => void (dialings.of(one.campaign).value = one);

/** answeredRun and answeredMode take over what became of one's own command, unless the stream has told of it, or of what came after it, by now. */
export const answeredRun = (one: Run): void => answered(runs.of(one.campaign), one);
export const answeredMode = (one: Dialing): void => answered(dialings.of(one.campaign), one);

function answered<T extends { since?: string }>(slot: Signal<T | undefined>, one: T): void {
  const since = (of: T | undefined) => (of?.since ? Date.parse(of.since) : 0);
  if (since(one) > since(slot.peek())) slot.value = one;
}

/** tookCourse takes over the steps that changed. */
export function tookCourse(told: Course): void {
  const slot = courses.of(told.campaign);
  slot.value = withSteps(slot.peek(), told);
}

/** allRuns takes over what a whole board has. */
export function allRuns(board: Pick<Wallboard, 'runs' | 'dialings' | 'courses'>): void {
  runs.all(board.runs);
  dialings.all(board.dialings);
  courses.all(board.courses);
}

export const forgetRuns = (): void => allRuns({ runs: [], dialings: [], courses: [] });

/** When the minute began that is going on, by the server's clock. */
const minute = computed(() => Math.floor(now.value / 60_000) * 60_000);

/** stepsOf is a campaign's last half hour, minute by minute to the one that is going on; the same until something changes. */
export const stepsOf = (campaign: string) => computed(() => everyStep(courses.of(campaign).value, minute.value));
