// HTML of the server's own making (a script's steps), read into a tree. The policy of the page lets nobody write HTML into it (Trusted Types), so
// it is made of elements one by one, and only of those that are known here.

export type Node = string | Element;
export interface Element {
  tag: Tag;
  href?: string;
  children: Node[];
}

const tags = ['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'] as const;
type Tag = (typeof tags)[number];
const empty: readonly string[] = ['br', 'hr'];

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|#[xX]([0-9a-fA-F]+)|(\w+));/g, (whole, decimal?: string, hex?: string, name?: string) =>
    name !== undefined ? (names[name] ?? whole) : String.fromCodePoint(decimal !== undefined ? Number(decimal) : parseInt(hex!, 16)));
}

/** parse reads HTML. What is in an element that is not known stands without it; addresses lead to where the server lets them lead. */
export function parse(html: string): Node[] {
  const root: Node[] = [];
  const open: { tag: string; children: Node[] }[] = [{ tag: '', children: root }];
  for (const [, text, close, tag, attributes] of html.matchAll(/([^<]+)|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*\/?>|</g)) {
    const into = open.at(-1)!.children;
    if (text !== undefined) into.push(decoded(text));
    else if (tag === undefined) into.push('<');
    else if (close) {
      const at = open.findLastIndex((one) => one.tag === tag);
      if (at > 0) open.length = at;
    } else if (!(tags as readonly string[]).includes(tag)) continue;
    else {
      const element: Element = { tag: tag as Tag, children: [] };
      const href = tag === 'a' ? /\shref="([^"]*)"/.exec(attributes ?? '')?.[1] : undefined;
      if (href !== undefined && /^(https?:|mailto:|tel:)/i.test(decoded(href))) element.href = decoded(href);
      into.push(element);
      if (!empty.includes(tag)) open.push(element);
    }
  }
  return root;
}
