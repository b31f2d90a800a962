import { describe, expect, it } from 'vitest';
import { en } from './en';
import { ja } from './ja';
import { en as boardEn } from '../board/i18n/en';
import { ja as boardJa } from '../board/i18n/ja';

/** All texts of a catalogue by their paths; functions are called with placeholders. */
function texts(of: unknown, path = ''): [string, string][] {
  if (typeof of === 'string') return [[path, of]];
  if (typeof of === 'function') return [[path, String((of as (...args: unknown[]) => string)(...Array.from({ length: of.length }, (_, i) => i + 3)))]];
  return Object.entries(of as object).flatMap(([key, value]) => texts(value, path ? `${path}.${key}` : key));
}

/** Texts that are the same in both languages: names, signs, and what only joins others. */
const same = ['title', 'case.empty', 'resultWith', 'book.action', 'none', 'supervision.to', 'control.act', 'timeline.colon'];

describe.each([
  ['of the agents’ page', en, ja],
  ['of the supervisor’s places', boardEn, boardJa],
])('the catalogues %s', (_, enTexts, jaTexts) => {
  const english = new Map(texts(enTexts));
  const japanese = new Map(texts(jaTexts));

  it('have the same texts', () => {
    expect([...japanese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('leave nothing untranslated and nothing empty', () => {
    for (const [path, text] of japanese) {
      expect(text, path).not.toBe('');
      expect(english.get(path), path).not.toBe('');
      if (!same.includes(path)) {
        expect(text, path).not.toBe(english.get(path));
        expect(text, path).toMatch(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u);
      }
    }
  });

  it('use what they are given', () => {
    for (const catalogue of [enTexts, jaTexts]) {
      for (const [path, text] of texts(catalogue)) expect(text, path).not.toMatch(/undefined|\[object/);
    }
  });
});

describe('the catalogue of the agents’ page', () => {
  it('calls the actions by their field names', () => {
    const names = {
      end: 'コールの終了', hold: '保留', resume: '再開', transfer: '即時コール転送', invite: '即時コール会議', dtmf: 'DTMF の送信',
      callback: 'コールバックのスケジュール', consult: 'コンサルテーションの開始', done: '完了としてマーク', 'done-and-stop': '完了して停止',
    };
    expect(ja.action).toMatchObject(names);
    expect(ja.origin).toMatchObject({ campaign: 'キャンペーン', callback: 'コールバック', 'personal-callback': 'パーソナル コールバック', transfer: '転送' });
  });
});
