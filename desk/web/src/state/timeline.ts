import type { Timeline, TimelineEntry } from '../api/types';

// What happened with a contact, as far as it was read: pages of it, the newest first.

/** How many entries come at once. */
export const timelinePage = 10;

export interface Known {
  entries: readonly TimelineEntry[];
  /** There are older ones. */
  more: boolean;
}

type Page = Pick<Timeline, 'entries' | 'more'>;

/** continued is what is known after the next page, of older ones, was read. */
export function continued(known: Known, page: Page): Known {
  const has = new Set(known.entries.map((one) => one.id));
  return { entries: [...known.entries, ...page.entries.filter((one) => !has.has(one.id))], more: page.more };
}

/** renewed is what is known after the first page was read once more: older ones that are known stay, unless there is a gap between. */
export function renewed(known: Known | undefined, page: Page): Known {
  const last = page.entries.at(-1);
  const at = last && page.more && known ? known.entries.findIndex((one) => one.id === last.id) : -1;
  if (at < 0) return { entries: page.entries, more: page.more };
  return { entries: [...page.entries, ...known!.entries.slice(at + 1)], more: known!.more };
}

/** movedBy is what a ledger says of a callback that was moved: from when to when, and why; undefined if it says something else. */
export function movedBy(text: string | undefined): { from: string; to: string; why: string } | undefined {
  const [, from, to, why = ''] = /^(\S+Z) to (\S+Z)(?:: (.*))?$/s.exec(text ?? '') ?? [];
  return from && to && !Number.isNaN(Date.parse(from)) && !Number.isNaN(Date.parse(to)) ? { from, to, why } : undefined;
}
