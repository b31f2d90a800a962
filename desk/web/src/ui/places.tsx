import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import { call, agent } from '../state/app';
import { go, place, places, type Place } from '../state/place';
import { Icon, type IconName } from './icons';

const icons: Record<Place, IconName> = { desk: 'phone', wallboard: 'board', campaigns: 'list', callbacks: 'calendar', contacts: 'person', lists: 'note', audit: 'eye' };

/** Places leads supervisors from their own desk to what they watch over. Agents, who have no other place, see nothing of it. */
export function Places(): JSX.Element | null {
  if (places.value.length < 2) return null;
  return (
    <nav class="places" aria-label={t().places.label}>
      {places.value.map((to) => (
        <a
          key={to}
          class="place"
          href={`#/${to}`}
          aria-current={place.value === to ? 'page' : undefined}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            go(to);
          }}
        >
          <Icon name={icons[to]} size={16} />
          {t().places[to]}
          {to === 'desk' && place.value !== 'desk' && call.value && <span class="tag" data-kind="call">{t().places.call}</span>}
        </a>
      ))}
    </nav>
  );
}

/** What supervisors have beside the agents' page is a file of its own, which agents never fetch. */
type Board = typeof import('../board');

const board = signal<Board | undefined>(undefined);
const missing = signal(false);

async function fetchBoard(): Promise<void> {
  missing.value = false;
  try {
    board.value = await import('../board');
  } catch {
    missing.value = true; // the network is away, or the server has a newer page
  }
}

function useBoard(): Board | undefined {
  useEffect(() => {
    if (!board.peek()) void fetchBoard();
  }, []);
  return board.value;
}

/** At is one of the supervisor's places. */
export function At({ where }: { where: Exclude<Place, 'desk'> }): JSX.Element {
  const loaded = useBoard();
  if (loaded) return <loaded.Board where={where} />;
  return (
    <main id="main" tabIndex={-1} class="board" aria-busy={!missing.value}>
      {missing.value && (
        <div class="notice" data-kind="warn" role="alert">
          <Icon name="warn" /> {t().places.missing}
          <button type="button" class="button small" onClick={() => location.reload()}>{t().places.reload}</button>
        </div>
      )}
    </main>
  );
}

/** Supervising shows whom one listens to, wherever on the page one is. */
export function Supervising(): JSX.Element | null {
  return agent.value?.supervision ? <Bar /> : null;
}

function Bar(): JSX.Element | null {
  const loaded = useBoard();
  return loaded ? <loaded.SupervisionBar /> : null;
}
