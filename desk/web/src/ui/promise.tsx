import type { JSX } from 'preact';
import type { Call, Promised } from '../api/types';
import { format, t } from '../i18n';
import { agent, now } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon } from './icons';

/** PromiseKept says which promise a call keeps: by whom, for when, and what to know. */
export function PromiseKept({ call, promise }: { call: Call; promise: Promised }): JSX.Element {
  const late = now.value - Date.parse(promise.due);
  return (
    <div class="promise" role="group" data-origin={call.origin} aria-labelledby="promise">
      <Icon name="calendar" />
      <div>
        <h2 id="promise">{t().promise.heading[call.origin] ?? t().promise.heading.callback}</h2>
        <p class="promise-when">
          <strong>{t().promise.due(format.momentIn(promise.zone, promise.due))}</strong>
          {call.state === 'previewing' && late >= 60_000 && <span class="tag" data-kind="bad">{t().promise.late(elapsed(late))}</span>}
        </p>
        {promise.note && <p class="promise-note"><span class="visually-hidden">{t().promise.note}: </span>{promise.note}</p>}
        <p class="hint">
          {[t().promise.by(promise.by_name, format.moment(promise.made)), forWhom(promise), promise.number, promise.refusals > 0 ? t().promise.refusals(promise.refusals) : ''].filter(Boolean).join(' · ')}
        </p>
      </div>
    </div>
  );
}

/** Who is to keep it, where that is neither who promised it nor who reads this. */
function forWhom({ kind, holder, holder_name, by }: Promised): string {
  return kind === 'personal' && holder !== by && holder !== agent.value?.id ? t().promise.for(holder_name) : '';
}
