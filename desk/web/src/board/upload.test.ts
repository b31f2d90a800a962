import { describe, expect, it } from 'vitest';
import { queryOf, sizeOf, typeOf } from './upload';

describe('a list to import', () => {
  it('is asked for as the API takes it', () => {
    expect(queryOf({ kind: 'contacts', campaign: 'spring', region: 'jp', dry: true }, '名簿 1.csv').toString()).toBe(
      'kind=contacts&file=%E5%90%8D%E7%B0%BF+1.csv&campaign=spring&dry_run=true',
    );
    expect(queryOf({ kind: 'do-not-call', campaign: '', region: 'jp', dry: false }, 'a.csv').toString()).toBe('kind=do-not-call&file=a.csv&region=JP');
  });

  it('is sent as what it is', () => {
    expect(typeOf('a.CSV.GZ')).toBe('application/gzip');
    expect(typeOf('a.txt')).toBe('text/csv');
  });

  it('has a size that people can read', () => {
    expect([999, 1000, 1_550_000, 268_435_456, 16e9].map((n) => sizeOf(n, String))).toEqual(['999 B', '1 kB', '1.6 MB', '268.4 MB', '16 GB']);
  });
});
