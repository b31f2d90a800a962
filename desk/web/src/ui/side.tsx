import type { JSX } from 'preact';
import type { Campaign } from '../api/types';
import { format, t } from '../i18n';
import { agent, call, commands, link, model, pending } from '../state/app';
import { keyOf } from '../state/keys';
import { workable } from '../state/line';
import { CallbacksCard } from './book';
import { Icon } from './icons';
import { Key } from './parts';

/** whyNoRecord is why Get Record is not possible now, undefined if it is. */
export function whyNoRecord(campaign: Campaign): string | undefined {
  const me = agent.value;
  if (link.value !== 'open') return t().why.offline;
  if (pending.value.has('get-record')) return t().why.pending;
  if (!me || !workable.value) return t().why.phone;
  if (call.value) return t().why.busy;
  if (me.state !== 'ready') return t().why.notReady;
  if (campaign.state === 'stopped') return t().why.stopped;
  if (campaign.waiting === 0) return t().why.empty;
  return undefined;
}

export function Campaigns(): JSX.Element {
  const campaigns = model.value.campaigns;
  return (
    <section class="campaigns" aria-labelledby="campaigns">
      <h2 id="campaigns">{t().campaigns.heading}</h2>
      {campaigns.length === 0 && <p class="hint">{t().campaigns.none}</p>}
      <ul>
        {campaigns.map((campaign, i) => (
          <CampaignCard key={campaign.id} campaign={campaign} first={i === 0} />
        ))}
      </ul>
      {agent.value?.next && <p class="hint next">{t().campaigns.next}</p>}
      <CallbacksCard />
    </section>
  );
}

function CampaignCard({ campaign, first }: { campaign: Campaign; first: boolean }): JSX.Element {
  const reason = whyNoRecord(campaign);
  const id = `why-${campaign.id}`;
  const total = campaign.waiting + campaign.out + campaign.finished;
  return (
    <li class="campaign" data-current={call.value?.campaign === campaign.id || undefined}>
      <div class="campaign-head">
        <span class="campaign-name">{campaign.name || campaign.id}</span>
        <span class="campaign-state" data-campaign={campaign.state}>{t().campaigns.state[campaign.state]}</span>
      </div>
      <div class="progress" aria-hidden="true">
        <span style={{ inlineSize: `${total ? (100 * campaign.finished) / total : 0}%` }} />
      </div>
      <dl class="counts">
        <div><dt>{t().campaigns.waiting}</dt><dd>{format.number(campaign.waiting)}</dd></div>
        <div><dt>{t().campaigns.out}</dt><dd>{format.number(campaign.out)}</dd></div>
        <div><dt>{t().campaigns.finished}</dt><dd>{format.number(campaign.finished)}</dd></div>
      </dl>
      <span class="action">
        <button
          type="button"
          class="button wide"
          data-tone={reason ? undefined : 'primary'}
          data-action="get-record"
          aria-disabled={reason ? 'true' : undefined}
          aria-describedby={reason ? id : undefined}
          aria-keyshortcuts={first ? keyOf('get-record') : undefined}
          onClick={() => {
            if (!reason) void commands.getRecord(campaign.id);
          }}
        >
          <Icon name="list" />
          <span class="label">{t().action['get-record']}</span>
          {first && <Key action="get-record" />}
        </button>
        {reason && <span class="why" id={id} role="tooltip">{reason}</span>}
      </span>
    </li>
  );
}
