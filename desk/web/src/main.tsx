import { render } from 'preact';
import './styles/index.css';
import './styles/reach.css';
import './styles/timeline.css';
import type { Action } from './state/actions';
import { texts } from './i18n';
import { begin, session } from './state/app';
import { keyName, keymap, shortcutsOn, typing } from './state/keys';
import { unblock } from './state/line';
import { choose, perform } from './state/perform';
import { followAddress, place } from './state/place';
import './state/theme';
import { dialog } from './state/view';
import { App } from './ui/app';

followAddress();
const speaks = texts.fetch();
void begin(speaks);
speaks.then(
  () => render(<App />, document.getElementById('app')!),
  () => document.getElementById('app')!.append('hasshin: the page could not be loaded whole; load it again. / ページを読み込めませんでした。再読み込みしてください。'),
);

addEventListener('pointerdown', unblock);
/** Keys that do something wherever one is. The others belong to the desk, whose buttons they stand on. */
const everywhere: ReadonlySet<Action> = new Set<Action>(['ready', 'help', 'settings', 'book', 'undo']);

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
  if (place.value !== 'desk' && !(action && everywhere.has(action))) return;
  const done = action ? perform(action) : /^[1-9]$/.test(key) && choose(Number(key));
  if (done) event.preventDefault();
});
