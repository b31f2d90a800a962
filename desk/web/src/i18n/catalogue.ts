import { signal, type ReadonlySignal } from '@preact/signals';
import { remember, remembered } from '../state/memory';

export type Language = 'ja' | 'en';

/** preferred is the first of the browser's languages that there is a catalogue for; English if there is none. */
export function preferred(languages: readonly string[]): Language {
  for (const tag of languages) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'ja' || primary === 'en') return primary;
  }
  return 'en';
}

const spoken = signal<Language>(remembered<Language>('language', preferred(navigator.languages)));

export const language: ReadonlySignal<Language> = spoken;

/** The catalogues that are in use: a change of the language fetches their texts. */
const inUse = new Set<Catalogue<unknown>>();

/** Catalogue is the texts of a part of the page. Each language is a file of its own, of which only the one that is read is fetched. */
export class Catalogue<T> {
  private readonly come = signal<Partial<Record<Language, T>>>({});

  constructor(private readonly files: Record<Language, () => Promise<T>>) {}

  /** Has the texts come in a language, the present one unless told; again is nothing to wait for. It throws when they cannot be had. */
  async fetch(of: Language = language.value): Promise<void> {
    inUse.add(this);
    if (this.has(of)) return;
    const texts = await this.files[of]();
    this.come.value = { ...this.come.value, [of]: texts };
  }

  has(of: Language): boolean {
    return this.come.peek()[of] !== undefined;
  }

  /** Whether the texts in the present language have come. */
  get ready(): boolean {
    return this.come.value[language.value] !== undefined;
  }

  /** The texts in the present language, which must have come. */
  get texts(): T {
    const texts = this.come.value[language.value];
    if (!texts) throw new Error(`the texts have not come in ${language.value}`);
    return texts;
  }
}

/** choose has the page speak a language as soon as its texts have come. It throws when they cannot be had; the page speaks as before then. */
export async function choose(chosen: Language): Promise<void> {
  // Others may come into use meanwhile.
  do await Promise.all([...inUse].map((one) => one.fetch(chosen)));
  while (![...inUse].every((one) => one.has(chosen)));
  spoken.value = chosen;
  remember('language', chosen);
}
