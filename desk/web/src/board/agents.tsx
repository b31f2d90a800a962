import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { AgentBoard } from '../api/types';
import { format, t } from '../i18n';
import { agent as me, now } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon } from '../ui/icons';
import { Since, StateChip } from '../ui/parts';
import { b, figure } from './i18n';
import { callOf } from './live';
import { NotRecorded } from './recordings';
import type { Sort } from './logic';
import { campaignName, filterText, inCampaign, present, selected, shown, signalOf, sort, sortBy } from './state';

/** The row that the Tab key comes to; the arrow keys move it. */
const current = signal('');

/** Agents is the list of those signed in. */
export function Agents(): JSX.Element {
  const ids = shown.value;
  return (
    <section class="board-agents" aria-labelledby="board-agents">
      <header class="board-head">
        <h2 id="board-agents">{b().agents.heading} <span class="board-count">{b().agents.count(ids.length)}</span></h2>
        <label class="search small"><Icon name="search" size={16} /><input type="search" aria-label={b().agents.search} placeholder={b().agents.search} value={filterText.value} onInput={(event) => (filterText.value = event.currentTarget.value)} /></label>
        <label class="sort"><span class="visually-hidden">{b().agents.sort}</span>
          <select value={sort.value} onChange={(event) => sortBy(event.currentTarget.value as Sort)}>
            {(['name', 'state', 'time'] as const).map((how) => <option key={how} value={how}>{b().agents.sorts[how]}</option>)}
          </select>
        </label>
      </header>
      {ids.length === 0 ? (
        <p class="book-none" role="status">{inCampaign.value.length === 0 ? b().agents.none : b().agents.noneFit}</p>
      ) : (
        <div class="agent-scroll">
          <table class="agent-table" role="table" onKeyDown={move}>
            <caption class="visually-hidden">{b().agents.keys}</caption>
            <thead role="rowgroup">
              <tr role="row">
                <th scope="col" role="columnheader">{b().agents.name}</th>
                <th scope="col" role="columnheader">{b().agents.state}</th>
                <th scope="col" role="columnheader" class="col-call">{b().agents.call}</th>
                <th scope="col" role="columnheader" class="n">{b().agents.calls}</th>
                <th scope="col" role="columnheader" class="n">{b().agents.utilisation}</th>
                <th scope="col" role="columnheader" class="n">{b().agents.wait}</th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {ids.map((id, i) => <Row key={id} id={id} reachable={ids.includes(current.value) ? current.value === id : i === 0} />)}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/**
 * Row is one agent. Rows are grids of their own and not parts of a table, so that what changes in one lays out and paints that one, and those out of sight
 * neither; their roles say what they are.
 */
function Row({ id, reachable }: { id: string; reachable: boolean }): JSX.Element | null {
  const one = signalOf(id)?.value;
  if (!one) return null;
  const name = one.name || one.id;
  const hears = me.value?.supervision?.agent === id;
  return (
    <tr role="row" data-agent={id} data-selected={selected.value === id || undefined}>
      <th scope="row" role="rowheader">
        <button
          type="button"
          class="agent-open"
          tabIndex={reachable ? 0 : -1}
          aria-expanded={selected.value === id}
          onFocus={() => (current.value = id)}
          onClick={() => (selected.value = selected.value === id ? undefined : id)}
        >
          {name}
        </button>
        {id === me.value?.id && <span class="tag">{b().agents.me}</span>}
        {hears && <span class="tag" data-kind="call" title={b().agents.heardBy}><Icon name="ear" size={16} /><span class="visually-hidden">{b().agents.heardBy}</span></span>}
      </th>
      <td role="cell">
        <StateChip state={one.state}>
          {one.reason && <span class="reason">{t().reason[one.reason] ?? one.reason}</span>}
          <Since at={one.since} />
        </StateChip>
      </td>
      <td role="cell" class="col-call"><OnCall id={id} /></td>
      <td role="cell" class="n">{format.number(one.calls)}</td>
      <td role="cell" class="n"><Utilised of={one} /></td>
      <td role="cell" class="n">{one.calls > 0 ? figure.seconds(one.mean_wait_seconds) : b().none}</td>
    </tr>
  );
}

function Utilised({ of }: { of: AgentBoard }): JSX.Element {
  return <>{figure.percent(present(of).utilisation)}</>;
}

function OnCall({ id }: { id: string }): JSX.Element | null {
  const call = callOf(id);
  if (!call) return null;
  return (
    <>
      {call.recording === 'failed' && <><NotRecorded problem={call.recording_problem} />{' '}</>}
      <span class="call-of">{campaignName(call.campaign)}</span>{' '}
      <span class="hint">{t().callState[call.state as keyof ReturnType<typeof t>['callState']] ?? call.state} <span class="since" aria-hidden="true">{call.answered_at && elapsed(now.value - Date.parse(call.answered_at))}</span></span>
    </>
  );
}

/** Moves from row to row, as in a list. */
function move(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (by === undefined || !(event.target as HTMLElement).classList.contains('agent-open')) return;
  event.preventDefault();
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.agent-open')];
  const at = all.indexOf(event.target as HTMLElement) + by;
  all[Math.max(0, Math.min(all.length - 1, at))]?.focus();
}
