import type { JSX } from 'preact';
import type { Abandon, CampaignBoard, Placed } from '../api/types';
import { format } from '../i18n';
import { now } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon, type IconName } from '../ui/icons';
import { b, figure } from './i18n';
import { gauge, inFlight, type Strain } from './logic';
import { Fact } from './parts';
import { runOf } from './runs';
import { filterCampaign } from './state';

/** CampaignCard is how a campaign does: its figures of the last half hour, its abandon limit and its list. */
export function CampaignCard({ campaign: c }: { campaign: CampaignBoard }): JSX.Element {
  const only = filterCampaign.value === c.id;
  return (
    <article class="board-card" data-campaign={c.id} aria-labelledby={`board-campaign-${c.id}`}>
      <header class="campaign-head">
        <h3 id={`board-campaign-${c.id}`} class="campaign-name">{c.name}</h3>
        <span class="tag">{b().campaign.mode[c.mode]}</span>
        <RunTag running={c.running} held={runOf(c.id)?.held} />
        <button type="button" class="icon-button small" aria-pressed={only} aria-label={b().campaign.filter(c.name)} title={b().campaign.filter(c.name)} onClick={() => (filterCampaign.value = only ? '' : c.id)}>
          <Icon name="people" size={16} />
        </button>
      </header>
      <dl class="facts">
        <Fact name={b().campaign.utilisation}>{figure.percent(c.utilisation)}</Fact>
        <Fact name={b().campaign.hitRatio}>{figure.percent(c.hit_ratio)}</Fact>
        <Fact name={b().campaign.attempts}>{format.number(c.attempts)}</Fact>
        <Fact name={b().campaign.agentWait}>{c.agent_wait.times > 0 ? figure.seconds(c.agent_wait.mean_seconds) : b().none}</Fact>
        <Fact name={b().campaign.contactWait}>{c.contact_wait.times > 0 ? figure.seconds(c.contact_wait.mean_seconds) : b().none}</Fact>
        <Fact name={b().campaign.due}>{format.number(c.callbacks_due)}</Fact>
      </dl>
      {c.placed && <PlacedCalls placed={c.placed} announces={c.mode === 'agentless'} />}
      <AbandonGauge abandon={c.abandon} />
      <Penetration list={c.list} />
      {c.stored_at && <p class="hint"><Icon name="warn" size={16} /> {b().campaign.storedAt(format.moment(c.stored_at))}</p>}
    </article>
  );
}

/** PlacedCalls is the calls on the line that no agent has yet, by how far they are. What most campaigns never have is shown while there is some. */
export function PlacedCalls({ placed: p, announces }: { placed: Placed; announces: boolean }): JSX.Element {
  const { label, longest, ...names } = b().campaign.placed;
  const always: readonly string[] = ['dialing', 'ringing', announces ? 'announcing' : 'waiting'];
  return (
    <div class="placed">
      <div class="abandon-head">
        <span class="abandon-name">{label}</span>
        <span class="abandon-rate">{format.number(inFlight(p))}</span>
      </div>
      <dl class="abandon-more">
        {(['dialing', 'ringing', 'detecting', 'announcing', 'waiting', 'message'] as const).map((key) => (p[key] > 0 || always.includes(key)) && (
          <div key={key} data-placed={key} data-some={p[key] > 0 || undefined}>
            <dt>{names[key]}</dt>
            <dd>{format.number(p[key])}{key === 'waiting' && p.waiting_since && <span>{longest(elapsed(now.value - Date.parse(p.waiting_since)))}</span>}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

export function RunTag({ running, held }: { running: boolean; held?: boolean }): JSX.Element {
  return (
    <span class="run" data-running={running}>
      <Icon name={running ? 'play' : 'stop'} size={16} />
      {running ? b().campaign.state.running : held ? b().campaign.state.held : b().campaign.state.stopped}
    </span>
  );
}

const strainIcons: Record<Strain, IconName> = { none: 'check', within: 'check', near: 'warn', over: 'ban' };

/** AbandonGauge shows the abandon rate against its limit: by length, by a mark, by icon and in words. */
export function AbandonGauge({ abandon: a }: { abandon: Abandon }): JSX.Element | null {
  const g = gauge(a);
  if (g.strain === 'none') return null;
  const rate = figure.percentFine(a.rate);
  const limit = figure.percentShort(a.limit);
  const strain = b().abandon.strain[g.strain];
  return (
    <div class="abandon" data-strain={g.strain}>
      <div class="abandon-head">
        <span class="abandon-name">{b().abandon.label}</span>
        <span class="abandon-strain"><Icon name={strainIcons[g.strain]} size={16} />{strain}</span>
        <span class="abandon-rate">{rate}</span>
      </div>
      <div
        class="gauge"
        role="meter"
        aria-label={b().abandon.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(g.rate * 100)}
        aria-valuetext={b().abandon.text(rate, limit, strain)}
      >
        <span class="gauge-fill" style={{ inlineSize: `${100 * g.rate}%` }} />
        <span class="gauge-limit" style={{ insetInlineStart: `${100 * g.limit}%` }} />
      </div>
      <p class="abandon-more">
        <span>{b().abandon.of(format.number(a.abandoned), format.number(a.answered))}</span>
        <span>{b().abandon.limit(limit)}</span>
        {a.ends && <span>{b().abandon.ends(format.moment(a.ends))}</span>}
      </p>
    </div>
  );
}

/** Penetration is how far the calling list is worked off. */
export function Penetration({ list }: { list: CampaignBoard['list'] }): JSX.Element {
  const part = (n: number) => ({ inlineSize: `${list.total > 0 ? (100 * n) / list.total : 0}%` });
  return (
    <div class="penetration">
      <div class="abandon-head">
        <span class="abandon-name">{b().campaign.penetration}</span>
        <span class="abandon-rate">{figure.percent(list.penetration)}</span>
      </div>
      <div class="gauge" aria-hidden="true">
        <span class="list-closed" style={part(list.closed)} />
        <span class="list-out" style={part(list.out)} />
        <span class="list-promised" style={part(list.promised)} />
      </div>
      <p class="abandon-more">
        <span>{b().campaign.of(format.number(list.closed), format.number(list.total))}</span>
        <span>{b().campaign.ready} {format.number(list.ready)}</span>
        {list.waiting > 0 && <span>{b().campaign.waiting} {format.number(list.waiting)}</span>}
        {list.promised > 0 && <span>{b().campaign.promised} {format.number(list.promised)}</span>}
        {list.done_at && list.ready > 0 && <span>{b().campaign.doneAt(format.moment(list.done_at))}</span>}
      </p>
    </div>
  );
}
