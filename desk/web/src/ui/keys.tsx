import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import type { Action } from '../state/actions';
import { delivered, keyName, keyOf, keymap, readable, rebind, saveKeys, shortcutsOn, switchShortcuts } from '../state/keys';
import { dialog } from '../state/view';
import { Dialog, DialogHead } from './parts';

/** In the order of the list. */
const order = Object.values(delivered);

function name(action: Action): string {
  return action === 'hold' ? `${t().action.hold} / ${t().action.resume}` : t().action[action];
}

export function Keys(): JSX.Element | null {
  const [asking, ask] = useState<Action>();
  const [taken, setTaken] = useState('');
  if (dialog.value?.kind !== 'keys') return null;
  const press = (event: KeyboardEvent, action: Action) => {
    if (asking !== action) return;
    if (event.key === 'Escape' || event.key === 'Tab') {
      ask(undefined);
      if (event.key === 'Escape') event.preventDefault();
      return;
    }
    const key = keyName(event);
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    const result = rebind(keymap.value, action, key);
    if ('map' in result) {
      saveKeys(result.map);
      setTaken('');
      ask(undefined);
    } else {
      setTaken(t().keys.taken(result.taken === 'dispositions' ? t().keys.dispositions : name(result.taken)));
    }
  };
  return (
    <Dialog open label={t().keys.heading} class="keys" onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().keys.heading} />
      <label class="check">
        <input type="checkbox" role="switch" checked={shortcutsOn.value} onChange={(event) => switchShortcuts(event.currentTarget.checked)} />
        <span>{t().keys.on}</span>
      </label>
      <p class="hint">{t().keys.hint}</p>
      <ul class="key-list">
        {order.map((action) => {
          const key = keyOf(action);
          return (
            <li key={action}>
              <span>{name(action)}</span>
              <button
                type="button"
                class="button small"
                disabled={!shortcutsOn.value}
                aria-label={t().keys.change(name(action), key ? readable(key) : t().case.empty)}
                onClick={() => {
                  setTaken('');
                  ask(asking === action ? undefined : action);
                }}
                onBlur={() => ask(undefined)}
                onKeyDown={(event) => press(event, action)}
              >
                {asking === action ? t().keys.press : <kbd class="key">{key ? readable(key) : t().case.empty}</kbd>}
              </button>
            </li>
          );
        })}
        <li>
          <span>{t().keys.dispositions}</span>
          <span><kbd class="key">1</kbd> – <kbd class="key">9</kbd></span>
        </li>
        <li>
          <span>{t().keys.blur}</span>
          <kbd class="key">Esc</kbd>
        </li>
      </ul>
      <p class="problem" role="status">{taken}</p>
      <button type="button" class="button small" onClick={() => saveKeys({ ...delivered })}>{t().keys.reset}</button>
    </Dialog>
  );
}
