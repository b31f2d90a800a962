import type { JSX } from 'preact';
import { format, t } from '../i18n';
import { go, places } from '../state/place';
import { show as showBook } from '../state/book';
import { Icon } from '../ui/icons';
import { stateIcons } from '../ui/parts';
import { Agents } from './agents';
import { CampaignCard } from './campaign';
import { Charts } from './charts';
import { b } from './i18n';
import { Inspector } from './inspector';
import { callCount } from './live';
import { boardStates, dueInAll } from './logic';
import { Trouble } from './parts';
import { campaigns, counts, filterState, inCampaign, selected } from './state';
import { viewAs } from './view';

/** Wallboard is how everything goes at this moment. */
export function Wallboard(): JSX.Element {
  const all = campaigns.value;
  if (!all) return <><Trouble /><p class="hint" role="status">{b().loading}</p></>;
  return (
    <>
      <Trouble />
      <Summary />
      <div class="board-columns">
        <div class="board-main">
          <Agents />
          {all.length > 0 && <Charts />}
        </div>
        <div class="board-side">
          {selected.value && <Inspector key={selected.value} id={selected.value} />}
          <section class="board-campaigns" aria-labelledby="board-campaigns">
            <h2 id="board-campaigns">{b().campaign.heading}</h2>
            {all.length === 0 && <p class="hint">{b().campaign.none}</p>}
            {all.map((one) => <CampaignCard key={one.id} campaign={one} />)}
          </section>
        </div>
      </div>
    </>
  );
}

/** Summary is what one looks at in passing: how many agents are in which state, calls, and callbacks that are due. */
function Summary(): JSX.Element {
  const due = dueInAll(campaigns.value ?? []);
  return (
    <section class="summary" aria-label={b().summary.label}>
      <div class="summary-states" role="group" aria-label={b().summary.agents}>
        <StateCount state="" n={inCampaign.value.length} />
        {boardStates.map((state) => ((counts.value[state] ?? 0) > 0 || filterState.value === state || always.has(state)) && <StateCount key={state} state={state} n={counts.value[state] ?? 0} />)}
      </div>
      <dl class="summary-figures">
        <div><dt>{b().summary.calls}</dt><dd>{format.number(callCount.value)}</dd></div>
        <div data-due={due > 0 || undefined}>
          <dt>{due > 0 && <Icon name="warn" size={16} />}{b().summary.due}</dt>
          <dd>{format.number(due)}</dd>
        </div>
      </dl>
      {due > 0 && places.value.includes('callbacks') && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            viewAs('list');
            showBook('overdue', true);
            go('callbacks');
          }}
        >
          {b().summary.overdue}
        </button>
      )}
    </section>
  );
}

/** States that have their place even when nobody is in them. */
const always: ReadonlySet<string> = new Set(['on-call', 'wrap-up', 'ready', 'not-ready']);

function StateCount({ state, n }: { state: (typeof boardStates)[number] | ''; n: number }): JSX.Element {
  return (
    <button
      type="button"
      class="state-count"
      data-state={state || 'all'}
      aria-pressed={filterState.value === state}
      onClick={() => (filterState.value = filterState.value === state ? '' : state)}
    >
      <span class="state-count-n">{format.number(n)}</span>
      <span class="state-count-name"><Icon name={state ? stateIcons[state] : 'people'} size={16} />{state ? t().state[state] : b().summary.all}</span>
    </button>
  );
}
