import { Catalogue } from '../../i18n/catalogue';
import type { BoardMessages } from './en';

/** The texts of the supervisor's places, known to who fetches these, so that both come at once. */
export const boardTexts = new Catalogue<BoardMessages>({ en: async () => (await import('./en')).en, ja: async () => (await import('./ja')).ja });
