import { signal } from '@preact/signals';
import { scope, show } from '../state/book';
import { remember, remembered } from '../state/memory';

export const views = ['list', 'week', 'day'] as const;
export type View = (typeof views)[number];

/** How the callbacks are shown. */
export const view = signal<View>(remembered<View>('callbacksView', 'week'));

/** Shows the callbacks as a list, or in a calendar. */
export function viewAs(how: View): void {
  view.value = how;
  remember('callbacksView', how);
  if (how !== 'list' && scope.peek() !== 'open') show('open');
}
