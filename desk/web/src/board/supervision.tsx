import type { JSX } from 'preact';
import { t } from '../i18n';
import { agent as me, link, pending, session } from '../state/app';
import { Icon } from '../ui/icons';
import { Since } from '../ui/parts';
import './board.css';
import { b } from './i18n';
import { callOf } from './live';
import { whyNot } from './logic';
import { DeedButton } from './parts';
import { deeds, lookOn, personOf } from './state';
import { useEffect } from 'preact/hooks';

/** SupervisionBar is there as long as one listens to somebody, wherever on the page one is. */
export function SupervisionBar(): JSX.Element | null {
  useEffect(lookOn, []);
  const self = me.value;
  const s = self?.supervision;
  if (!self || !s) return null;
  const agent = personOf(s.agent) ?? { id: s.agent, name: '', state: 'on-call' as const };
  const call = callOf(s.agent);
  const busy = pending.value.has('supervise') || link.value !== 'open';
  const takeOver = whyNot('take-over', { online: link.value === 'open', me: self, privileges: session.value?.privileges ?? [], agent, call });
  return (
    <section class="supervision" data-mode={s.mode} data-hears={s.state} aria-label={b().supervision.label}>
      <Icon name="ear" />
      <div class="supervision-text">
        <p role="status"><strong>{b().supervision.to(b().supervision.mode[s.mode], agent.name || s.agent)}</strong> {b().supervision[s.state]}</p>
        <p class="supervision-more">{b().supervision.heard[s.mode]} <Since at={s.since} /></p>
        <div role="alert">{s.problem && <p class="problem-line"><Icon name="warn" size={16} />{b().supervision.problem} <span lang="en">{s.problem}</span></p>}</div>
      </div>
      <div class="segments" role="group" aria-label={b().supervision.modes}>
        {(['listen', 'whisper', 'barge'] as const).map((mode) => (
          <button key={mode} type="button" class="segment" data-mode={mode} aria-pressed={s.mode === mode} disabled={busy} onClick={() => void deeds.supervise(s.agent, mode)}>{b().agent.deed[mode]}</button>
        ))}
      </div>
      <DeedButton deed="bar-take-over" icon="transfer" label={b().agent.deed['take-over']} why={busy ? t().why.pending : takeOver && b().agent.whyNot[takeOver]} onClick={() => void deeds.takeOver()} />
      <button type="button" class="button" data-deed="stop" disabled={busy} onClick={() => void deeds.stop()}><Icon name="stop" />{b().supervision.stop}</button>
    </section>
  );
}
