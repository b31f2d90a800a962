import type { JSX } from 'preact';
import { t } from '../i18n';
import { call, commands } from '../state/app';
import { dialog } from '../state/view';
import { Icon } from './icons';
import { Dialog, DialogHead } from './parts';

export function DoNotCall(): JSX.Element | null {
  const of = call.value;
  if (dialog.value?.kind !== 'do-not-call' || !of) return null;
  const choose = (scope: 'number' | 'chain') => {
    dialog.value = undefined;
    void commands.doNotCall(scope);
  };
  const numbers = of.record.numbers;
  const one = of.number || (numbers.length === 1 ? numbers[0]?.number : undefined);
  return (
    <Dialog open label={t().action['do-not-call']} onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().action['do-not-call']} />
      <p>{t().doNotCall.ask}</p>
      <div class="stack">
        {one && (
          <button type="button" class="button wide" data-tone="danger" onClick={() => choose('number')}>
            <Icon name="ban" />
            <span class="label">{t().doNotCall.number(one)}</span>
          </button>
        )}
        {(numbers.length > 1 || !one) && (
          <button type="button" class="button wide" data-tone={one ? undefined : 'danger'} onClick={() => choose('chain')}>
            <Icon name="ban" />
            <span class="label">{t().doNotCall.chain}</span>
          </button>
        )}
      </div>
      <p class="hint">{t().doNotCall.explain}</p>
    </Dialog>
  );
}
