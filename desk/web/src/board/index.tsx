import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import { session } from '../state/app';
import type { Place } from '../state/place';
import { AuditLog } from './audit';
import './board.css';
import './calendar.css';
import { Callbacks } from './callbacks';
import { Contacts } from './contacts';
import { CampaignControl } from './control';
import { Imports } from './import';
import { lookOn } from './state';
import { Wallboard } from './wallboard';

export { SupervisionBar } from './supervision';

const within: Record<Exclude<Place, 'desk'>, () => JSX.Element> = { wallboard: Wallboard, campaigns: CampaignControl, callbacks: Callbacks, contacts: Contacts, lists: Imports, audit: AuditLog };

/** Board is one of the supervisor's places. */
export function Board({ where }: { where: Exclude<Place, 'desk'> }): JSX.Element {
  const sees = session.value?.privileges.includes('agents.see');
  useEffect(() => (sees ? lookOn() : undefined), [sees]);
  const Within = within[where];
  return (
    <main id="main" tabIndex={-1} class="board">
      <h1 class="visually-hidden">{t().places[where]}</h1>
      <Within />
    </main>
  );
}
