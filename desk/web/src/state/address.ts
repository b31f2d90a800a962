// What addresses of the page mean, and who can go where.

export type Place = 'desk' | 'wallboard' | 'campaigns' | 'callbacks' | 'contacts' | 'lists' | 'audit';

/** What a place needs; the server says the same (docs/api.md), and decides. */
const needs: Record<Place, readonly string[]> = {
  desk: [],
  wallboard: ['agents.see'],
  campaigns: ['agents.see', 'campaigns.run'],
  callbacks: ['callbacks.manage'],
  contacts: ['history.see'],
  lists: ['agents.see', 'lists.import'],
  audit: ['audit.see'],
};

/** allowed are the places that somebody with these privileges can go to. */
export function allowed(privileges: readonly string[]): Place[] {
  return (Object.keys(needs) as Place[]).filter((place) => needs[place].every((privilege) => privileges.includes(privilege)));
}

/** placeOf is the place that an address names; undefined for none, as that of a skip link. */
export function placeOf(hash: string): Place | undefined {
  const name = hash.startsWith('#/') ? hash.slice(2) : '';
  return Object.hasOwn(needs, name) ? (name as Place) : undefined;
}
