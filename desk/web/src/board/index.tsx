import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import { session } from '../state/app';
import type { Place } from '../state/place';
import { Later, Missing, useLater } from '../ui/later';
import './board.css';
import { RecordingNotices } from './recordings';
import { lookOn } from './state';
import { Wallboard } from './wallboard';

export { SupervisionBar } from './supervision';

/** The places beside the wallboard, each of which comes when somebody goes there. */
const within: Record<Exclude<Place, 'desk' | 'wallboard'>, Later<() => JSX.Element>> = {
  campaigns: new Later(async () => (await import('./control')).CampaignControl),
  callbacks: new Later(async () => (await import('./callbacks')).Callbacks),
  contacts: new Later(async () => (await import('./contacts')).Contacts),
  lists: new Later(async () => (await import('./import')).Imports),
  audit: new Later(async () => (await import('./audit')).AuditLog),
};

/** Board is one of the supervisor's places. */
export function Board({ where }: { where: Exclude<Place, 'desk'> }): JSX.Element {
  const sees = session.value?.privileges.includes('agents.see');
  useEffect(() => (sees ? lookOn() : undefined), [sees]);
  return (
    <main id="main" tabIndex={-1} class="board">
      <h1 class="visually-hidden">{t().places[where]}</h1>
      <RecordingNotices />
      {where === 'wallboard' ? <Wallboard /> : <Elsewhere key={where} part={within[where]} />}
    </main>
  );
}

function Elsewhere({ part }: { part: Later<() => JSX.Element> }): JSX.Element {
  const Within = useLater(part);
  return Within ? <Within /> : <Missing of={part} as="div" />;
}
