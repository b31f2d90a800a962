import { computed } from '@preact/signals';
import { Catalogue, language } from './catalogue';
import type { Messages } from './en';

export { choose, language, preferred, type Language } from './catalogue';

/** The texts of all pages; those of the supervisor's places are apart. */
export const texts = new Catalogue<Messages>({ en: async () => (await import('./en')).en, ja: async () => (await import('./ja')).ja });

/** t has the texts in the present language. */
export function t(): Messages {
  return texts.texts;
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
