import { useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Call } from '../api/types';
import { t } from '../i18n';
import { commands, now, why } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon } from './icons';

// What belongs to answering what is put to the agent.

/** Countdown is how long it can still be answered, when the server tells. */
export function Countdown({ call }: { call: Call }): JSX.Element | null {
  if (!call.answer_by) return null;
  const until = Date.parse(call.answer_by);
  const whole = until - Date.parse(call.since);
  const left = Math.max(0, Math.min(whole, until - now.value)); // the clock of the page goes in whole seconds, and may be behind
  return (
    <div class="countdown" data-near={left < 10_000 || undefined}>
      <Icon name="clock" size={16} />
      <span role="timer" aria-live="off">{t().answerBy(elapsed(Math.round(left / 1000) * 1000))}</span>
      <span class="countdown-bar" aria-hidden="true"><span style={{ inlineSize: `${whole > 0 ? Math.min(100, (100 * left) / whole) : 0}%` }} /></span>
    </div>
  );
}

/** RejectWhy rejects a preview and says why. */
export function RejectWhy(): JSX.Element {
  const popover = useRef<HTMLDivElement>(null);
  const [other, setOther] = useState('');
  const blocked = why('reject') !== undefined;
  const reject = (reason: string) => {
    popover.current?.hidePopover();
    setOther('');
    void commands.reject(reason);
  };
  return (
    <>
      <button type="button" class="button" popovertarget="reject-why" data-action="reject-why" disabled={blocked} aria-label={t().reject.open} title={t().reject.open}>
        <Icon name="down" size={16} />
      </button>
      <div id="reject-why" class="menu" popover="auto" ref={popover} role="group" aria-label={t().reject.open}>
        <p class="menu-hint">{t().reject.why}</p>
        {t().reject.reasons.map((reason) => <button key={reason} type="button" class="menu-item" onClick={() => reject(reason)}>{reason}</button>)}
        <form class="menu-form" onSubmit={(event) => { event.preventDefault(); if (other.trim()) reject(other.trim()); }}>
          <label class="field"><span>{t().reject.other}</span><input value={other} maxLength={1000} onInput={(event) => setOther(event.currentTarget.value)} /></label>
          <button class="button small" disabled={!other.trim()}>{t().action.reject}</button>
        </form>
      </div>
    </>
  );
}
