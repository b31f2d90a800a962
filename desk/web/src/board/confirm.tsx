import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { Dialog, DialogHead } from '../ui/parts';
import { b } from './i18n';

export interface Question {
  heading: string;
  hint: string;
  /** What the button that does it says. */
  action: string;
  tone: 'danger' | 'primary';
  /** Whether a reason is asked for. */
  reason?: boolean;
  /** Whether it can be held, so that the calendar does not undo it. */
  holdable?: boolean;
  do(answer: { why: string; hold: boolean }): Promise<boolean>;
}

/** Confirm asks before something that others will notice. It closes when that is done, and stays when it was refused. */
export function Confirm({ question, onClose }: { question: Question; onClose: () => void }): JSX.Element {
  const [why, setWhy] = useState('');
  const [hold, setHold] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const done = await question.do({ why: why.trim(), hold });
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog open label={question.heading} class="confirm" onClose={onClose}>
      <DialogHead title={question.heading} />
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{question.hint}</p>
        {question.reason && (
          <label class="field"><span>{b().confirm.why}</span><input value={why} maxLength={1000} onInput={(event) => setWhy(event.currentTarget.value)} /></label>
        )}
        {question.holdable && (
          <label class="check"><input type="checkbox" checked={hold} onChange={(event) => setHold(event.currentTarget.checked)} /><span>{b().confirm.hold}</span></label>
        )}
        <div class="row">
          <span class="spacer" />
          <button type="button" class="button" onClick={onClose}>{b().confirm.back}</button>
          <button class="button" data-tone={question.tone} data-deed="confirm" disabled={busy}>{question.action}</button>
        </div>
      </form>
    </Dialog>
  );
}
