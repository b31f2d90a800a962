import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './i18n/en';
import { ja } from './i18n/ja';
import { reasonText } from './rejects';

describe('why a row was not imported', () => {
  it('is said in the language of the page, with the column', () => {
    const row = { code: 'invalid_number', reason: 'column 携帯: "none" is not a telephone number' };
    expect(reasonText(row, ja)).toEqual({ text: '列「携帯」：電話番号として使えません。' });
    expect(reasonText(row, en)).toEqual({ text: 'Column 携帯: A number cannot be dialed.' });
    expect(reasonText({ code: 'no_number', reason: 'has no telephone number' }, ja)).toEqual({ text: '電話番号がありません。' });
  });

  it('is said in the server’s words where the page has none', () => {
    expect(reasonText({ code: 'of_a_newer_server', reason: 'is odd' }, ja)).toEqual({ text: 'of_a_newer_server', detail: 'is odd' });
  });

  it('has a text for every code that the server has', () => {
    const source = readFileSync(new URL('../../../../dialer/campaign/reason.go', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^\tReason\w+\s+Reason = "(\w+)"/gm)].map((match) => match[1]!).sort();
    expect(codes.length).toBeGreaterThan(10);
    for (const catalogue of [en, ja]) expect(Object.keys(catalogue.imports.reasons).sort()).toEqual(codes);
  });
});
