import { signal } from '@preact/signals';
import type { Action } from './actions';
import { remember, remembered } from './memory';

/** Keys as delivered. Single keys, since they rest while somebody types; Shift for what ends more. */
export const delivered: Readonly<Record<string, Action>> = {
  a: 'accept',
  j: 'reject',
  x: 'cancel',
  e: 'end',
  h: 'hold',
  t: 'transfer',
  i: 'invite',
  k: 'dtmf',
  p: 'callback',
  c: 'consult',
  s: 'swap',
  o: 'complete',
  m: 'merge',
  u: 'end-consult',
  b: 'retrieve',
  l: 'leave',
  d: 'done',
  'shift+d': 'done-and-stop',
  z: 'undo',
  g: 'get-record',
  v: 'book',
  r: 'ready',
  n: 'note',
  f: 'history',
  w: 'script',
  y: 'mail',
  ',': 'settings',
  '?': 'help',
};

export const keymap = signal<Record<string, Action>>(remembered('keys', { ...delivered }));
export const shortcutsOn = signal<boolean>(remembered('shortcuts', true));

/** keyName is how a key is written in the map: h, shift+d, ?. Undefined for a modifier alone and for what belongs to the browser. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>): string | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const key = event.key.toLowerCase();
  if (key.length !== 1 || key === ' ') return undefined;
  return event.shiftKey && key !== key.toUpperCase() ? `shift+${key}` : key;
}

/** keyOf is the key of an action, undefined if it has none. */
export function keyOf(action: Action, map: Record<string, Action> = keymap.value): string | undefined {
  return Object.keys(map).find((key) => map[key] === (action === 'resume' ? 'hold' : action));
}

/** rebind gives an action another key; it answers the action that has that key, if one does. Digits belong to the dispositions. */
export function rebind(map: Record<string, Action>, action: Action, key: string): { map: Record<string, Action> } | { taken: Action | 'dispositions' } {
  if (/^[0-9]$/.test(key)) return { taken: 'dispositions' };
  const owner = map[key];
  if (owner && owner !== action) return { taken: owner };
  const rest = Object.fromEntries(Object.entries(map).filter(([, other]) => other !== action));
  return { map: { ...rest, [key]: action } };
}

export function saveKeys(map: Record<string, Action>): void {
  keymap.value = map;
  remember('keys', map);
}

export function switchShortcuts(on: boolean): void {
  shortcutsOn.value = on;
  remember('shortcuts', on);
}

/** readable is a key as it stands on a keyboard. */
export function readable(key: string): string {
  return key
    .split('+')
    .map((part) => (part === 'shift' ? '⇧' : part.toUpperCase()))
    .join(' ');
}

/** Whether somebody is typing where an event comes from. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'submit', 'range'].includes(target.type)))
  );
}
