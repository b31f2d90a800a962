import type { Disposition } from '../api/types';

export interface Leaf {
  disposition: Disposition;
  /** Its place in the campaign's list, beginning with 1: the digit that chooses it. */
  place: number;
}

export interface Group {
  name: string;
  leaves: Leaf[];
  groups: Group[];
}

/** tree arranges dispositions by their groups, outermost first, in the order in which they come. */
export function tree(dispositions: readonly Disposition[]): Group {
  const root: Group = { name: '', leaves: [], groups: [] };
  dispositions.forEach((disposition, i) => {
    let at = root;
    for (const name of disposition.groups ?? []) {
      let next = at.groups.find((group) => group.name === name);
      if (!next) at.groups.push((next = { name, leaves: [], groups: [] }));
      at = next;
    }
    at.leaves.push({ disposition, place: i + 1 });
  });
  return root;
}
