import { render } from 'preact';
import './styles/index.css';
import { begin, session } from './state/app';
import { keyName, keymap, shortcutsOn, typing } from './state/keys';
import { unblock } from './state/line';
import { choose, perform } from './state/perform';
import './state/theme';
import { dialog } from './state/view';
import { App } from './ui/app';

render(<App />, document.getElementById('app')!);
void begin();

addEventListener('pointerdown', unblock);
addEventListener('keydown', (event) => {
  unblock();
  if (event.key === 'Escape' && typing(event.target) && !dialog.value) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (event.defaultPrevented || event.repeat || !session.value || !shortcutsOn.value || dialog.value || typing(event.target)) return;
  const key = keyName(event);
  if (!key) return;
  const action = keymap.value[key];
  const done = action ? perform(action) : /^[1-9]$/.test(key) && choose(Number(key));
  if (done) event.preventDefault();
});
