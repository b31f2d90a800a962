import { computed } from '@preact/signals';
import { language } from '../../i18n';
import type { BoardMessages } from './en';
import { boardTexts } from './texts';

/** b has the texts of the supervisor's places in the present language. */
export function b(): BoardMessages {
  return boardTexts.texts;
}

const formats = computed(() => ({
  percent: new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 0 }),
  percentFine: new Intl.NumberFormat(language.value, { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  percentShort: new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 2 }),
  seconds: new Intl.NumberFormat(language.value, { maximumFractionDigits: 1 }),
  time: new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', hour12: false }),
  exact: new Intl.DateTimeFormat(language.value, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }),
}));

export const figure = {
  /** A part of a whole: 36 %. */
  percent: (part: number) => formats.value.percent.format(part),
  /** A small part: 1.21 %. */
  percentFine: (part: number) => formats.value.percentFine.format(part),
  /** As short as it can be said: 3 %. */
  percentShort: (part: number) => formats.value.percentShort.format(part),
  seconds: (s: number) => b().seconds(formats.value.seconds.format(s)),
  time: (at: number) => formats.value.time.format(at),
  exact: (at: string) => formats.value.exact.format(new Date(at)),
};
