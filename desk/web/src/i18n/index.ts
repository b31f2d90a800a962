import { computed, signal } from '@preact/signals';
import { remember, remembered } from '../state/memory';
import { en, type Messages } from './en';
import { ja } from './ja';

export type Language = 'ja' | 'en';

const catalogues: Record<Language, Messages> = { ja, en };

/** preferred is the first of the browser's languages that there is a catalogue for; English if there is none. */
export function preferred(languages: readonly string[]): Language {
  for (const tag of languages) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'ja' || primary === 'en') return primary;
  }
  return 'en';
}

export const language = signal<Language>(remembered<Language>('language', preferred(navigator.languages)));

const messages = computed(() => catalogues[language.value]);

/** t has the texts in the present language. */
export function t(): Messages {
  return messages.value;
}

export function choose(chosen: Language): void {
  language.value = chosen;
  remember('language', chosen);
}

const formats = computed(() => ({
  time: new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hour12: false }),
  moment: new Intl.DateTimeFormat(language.value, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }),
  number: new Intl.NumberFormat(language.value),
  wall: new Intl.DateTimeFormat(language.value, { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'UTC' }),
  wallYear: new Intl.DateTimeFormat(language.value, { year: 'numeric', month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'UTC' }),
  wallTime: new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'UTC' }),
}));

export const format = {
  moment: (at: string) => formats.value.moment.format(new Date(at)),
  number: (n: number) => formats.value.number.format(n),
  /** A date and time by a wall clock, as YYYY-MM-DDTHH:MM, whatever the zone. */
  wall: (at: string) => formats.value[at.startsWith(`${new Date().getFullYear()}-`) ? 'wall' : 'wallYear'].format(Date.parse(`${at}Z`)),
  wallTime: (at: string) => formats.value.wallTime.format(Date.parse(`${at}Z`)),
  /** An instant by the wall clock of a zone. */
  momentIn: (zone: string, at: string): string => {
    const options = { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false } as const;
    try {
      return new Intl.DateTimeFormat(language.value, { ...options, timeZone: zone }).format(new Date(at));
    } catch {
      return formats.value.moment.format(new Date(at));
    }
  },
  /** The time of day at ms in a zone; undefined for a zone that the browser does not know. */
  timeIn: (zone: string, ms: number): string | undefined => {
    try {
      return new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: zone }).format(ms);
    } catch {
      return undefined;
    }
  },
};
