import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { boardTexts } from '../board/i18n/texts';
import { t } from '../i18n';
import { call, agent } from '../state/app';
import { go, place, places, type Place } from '../state/place';
import { Icon, type IconName } from './icons';
import { Later, Missing, useLater } from './later';

const icons: Record<Place, IconName> = { desk: 'phone', wallboard: 'board', campaigns: 'list', callbacks: 'calendar', contacts: 'person', lists: 'note', audit: 'eye' };

/** Places leads supervisors from their own desk to what they watch over. Agents, who have no other place, see nothing of it. */
export function Places(): JSX.Element | null {
  // On a phone not all of them have room: the one that is open is to be seen.
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [place.value, places.value.length]);
  if (places.value.length < 2) return null;
  return (
    <nav class="places" ref={nav} aria-label={t().places.label}>
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

/** What supervisors have beside the agents' page comes in files of its own, which agents never fetch. */
const board = new Later(async () => {
  const [all] = await Promise.all([import('../board'), boardTexts.fetch()]);
  return all;
});

/** At is one of the supervisor's places. */
export function At({ where }: { where: Exclude<Place, 'desk'> }): JSX.Element {
  const loaded = useLater(board);
  if (loaded) return <loaded.Board where={where} />;
  return <Missing of={board} />;
}

/** Supervising shows whom one listens to, wherever on the page one is. */
export function Supervising(): JSX.Element | null {
  return agent.value?.supervision ? <Bar /> : null;
}

function Bar(): JSX.Element | null {
  const loaded = useLater(board);
  return loaded ? <loaded.SupervisionBar /> : null;
}
