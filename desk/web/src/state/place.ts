import { computed, effect, signal, untracked } from '@preact/signals';
import { allowed, placeOf, type Place } from './address';
import { session } from './app';

export type { Place };

// Where on the page one is: at the own desk, or at one of the supervisor's places. The address says it (#/wallboard), so that a reload and a
// bookmark lead there.

const asked = signal<Place | undefined>(undefined);

export const places = computed(() => allowed(session.value?.privileges ?? []));

/** Where one is. Supervisors begin at the wallboard, everybody else at the desk. */
export const place = computed((): Place => {
  const wish = asked.value ?? (session.value?.role === 'supervisor' ? 'wallboard' : 'desk');
  return places.value.includes(wish) ? wish : 'desk';
});

export function go(to: Place): void {
  if (asked.value === to) return;
  asked.value = to;
  history.pushState(null, '', `#/${to}`);
}

/** Follows the address from now on. */
export function followAddress(): void {
  asked.value = placeOf(location.hash);
  addEventListener('hashchange', () => (asked.value = placeOf(location.hash) ?? asked.value));
  addEventListener('popstate', () => (asked.value = placeOf(location.hash)));
}

// Who signs in next begins where they would.
effect(() => {
  if (session.value !== null) return;
  untracked(() => {
    if (asked.value && placeOf(location.hash)) history.replaceState(null, '', location.pathname);
    asked.value = undefined;
  });
});
