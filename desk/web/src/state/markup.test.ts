import { describe, expect, it } from 'vitest';
import { parse } from './markup';

describe('HTML of the server', () => {
  it('is read into a tree, with its texts decoded', () => {
    expect(parse('<p>Good day, <strong>A &amp; B &lt;C&gt; &#39;&quot;</strong>.<br />\n<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">the page</a></p>\n<hr>')).toEqual([
      { tag: 'p', children: [
        'Good day, ', { tag: 'strong', children: ['A & B <C> \'"'] }, '.', { tag: 'br', children: [] }, '\n',
        { tag: 'a', href: 'https://example.com/?a=1&b=2', children: ['the page'] },
      ] },
      '\n', { tag: 'hr', children: [] },
    ]);
  });

  it('keeps lists in lists', () => {
    expect(parse('<ul><li>one<ul><li>in it</li></ul></li><li>two</li></ul>')).toEqual([
      { tag: 'ul', children: [{ tag: 'li', children: ['one', { tag: 'ul', children: [{ tag: 'li', children: ['in it'] }] }] }, { tag: 'li', children: ['two'] }] },
    ]);
  });

  it('has no element that is not known, and no address that runs something', () => {
    expect(parse('<script>alert(1)</script><img src="x" onerror="alert(1)"><a href="javascript:alert(1)">x</a><a href="&#106;avascript:alert(1)">y</a>')).toEqual([
      'alert(1)', { tag: 'a', children: ['x'] }, { tag: 'a', children: ['y'] },
    ]);
  });

  it('takes what is no tag as text, and what is not closed as it is', () => {
    expect(parse('1 < 2 <p>a</em></div><b')).toEqual(['1 ', '<', ' 2 ', { tag: 'p', children: ['a', '<', 'b'] }]);
  });
});
