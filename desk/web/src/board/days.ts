import type { Promised } from '../api/types';

// Which callbacks are on which day, by this browser's clock and its zone.

export type Span = 'week' | 'day';

/** localeOf is the browser's own tag for a language (en-GB for en), which knows of the country; the language itself if it has none. */
export function localeOf(language: string, tags: readonly string[]): string {
  return tags.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

interface WeekInfo {
  firstDay: number;
}

/** firstDayOf is the day with which a week begins where people write like that: 1 for Monday to 7 for Sunday (ISO 8601). */
export function firstDayOf(locale: string): number {
  const of = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => WeekInfo; weekInfo?: WeekInfo };
  return (of.getWeekInfo?.() ?? of.weekInfo)?.firstDay ?? 1;
}

/** midnight is the beginning of the day so many days after the one of a moment. Not every day has 24 hours. */
export function midnight(ms: number, days = 0): number {
  const at = new Date(ms);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days).getTime();
}

/** daysOf are the beginnings of the days to show, and of the day after them. */
export function daysOf(span: Span, at: number, firstDay: number): number[] {
  const back = span === 'week' ? (((new Date(at).getDay() || 7) - firstDay + 7) % 7) : 0;
  const n = span === 'week' ? 7 : 1;
  return Array.from({ length: n + 1 }, (_, i) => midnight(at, i - back));
}

/** turned is a moment in the week or day before or after, whose days are the same ones of the week. */
export function turned(span: Span, at: number, by: 1 | -1): number {
  return midnight(at, by * (span === 'week' ? 7 : 1));
}

export interface Planned {
  /** Those that should have been before the days shown, and still are to be. */
  before: Promised[];
  byDay: Promised[][];
}

/** placed puts callbacks on the days on which they are due, the soonest first. */
export function placed(all: readonly Promised[], days: readonly number[]): Planned {
  const byDay: Promised[][] = days.slice(1).map(() => []);
  const before: Promised[] = [];
  for (const one of [...all].sort((a, z) => Date.parse(a.due) - Date.parse(z.due) || (a.id < z.id ? -1 : 1))) {
    const due = Date.parse(one.due);
    if (due < days[0]!) before.push(one);
    else byDay[days.findIndex((_, i) => i > 0 && due < days[i]!) - 1]?.push(one);
  }
  return { before, byDay };
}

/** The hours of a working day, which are shown even when nothing is due in them. */
const workday = { from: 9, to: 18 };

/** hoursOf are the hours of a day to show, with what is due in each. */
export function hoursOf(of: readonly Promised[]): { hour: number; due: Promised[] }[] {
  const at = of.map((one) => new Date(one.due).getHours());
  const from = Math.min(workday.from, ...at);
  const to = Math.max(workday.to, ...at.map((hour) => hour + 1));
  return Array.from({ length: to - from }, (_, i) => ({ hour: from + i, due: of.filter((_, n) => at[n] === from + i) }));
}

export interface Sieve {
  /** Agent who answers for them; '' for all. */
  holder: string;
  kind: Promised['kind'] | '';
}

/** sieved are the callbacks of an agent and of a kind. */
export function sieved(all: readonly Promised[], { holder, kind }: Sieve): Promised[] {
  return all.filter((one) => (!holder || one.holder === holder || one.agent === holder) && (!kind || one.kind === kind));
}

/** lateBy is for how many ms a callback is overdue: it is due and nobody has it. 0 for one that is not. */
export function lateBy(one: Pick<Promised, 'state' | 'due'>, now: number): number {
  return one.state === 'due' ? Math.max(0, now - Date.parse(one.due)) : 0;
}
