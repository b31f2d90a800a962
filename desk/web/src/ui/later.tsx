import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import { Icon } from './icons';

/** Later is a part of the page that is in a file of its own, fetched when it is wanted for the first time. */
export class Later<T> {
  readonly come = signal<T | undefined>(undefined);
  /** The network is away, or the server has a newer page. */
  readonly missing = signal(false);

  constructor(private readonly file: () => Promise<T>) {}

  async fetch(): Promise<void> {
    this.missing.value = false;
    try {
      this.come.value = await this.file();
    } catch {
      this.missing.value = true;
    }
  }
}

/** useLater is a part as soon as it has come. */
export function useLater<T>(part: Later<T>): T | undefined {
  useEffect(() => {
    if (!part.come.peek()) void part.fetch();
  }, [part]);
  return part.come.value;
}

/** Missing stands in the place of a part of the page until it has come, and says so when it could not be had. */
export function Missing({ of, as: Place = 'main' }: { of: Later<unknown>; as?: 'main' | 'div' }): JSX.Element {
  const missing = of.missing.value;
  return (
    <Place {...(Place === 'main' ? { id: 'main', tabIndex: -1, class: 'board' } : {})} aria-busy={!missing}>
      {missing && (
        <div class="notice" data-kind="warn" role="alert">
          <Icon name="warn" /> {t().places.missing}
          <button type="button" class="button small" onClick={() => location.reload()}>{t().places.reload}</button>
        </div>
      )}
    </Place>
  );
}
