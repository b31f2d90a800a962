import type { BoardMessages } from './i18n/en';

/** The server begins what is wrong in one column with its name. */
const inColumn = /^column (.+?): /;

/** reasonText is why a row was not imported. The server's own words, which are English, are the detail of what there is no text for. */
export function reasonText({ code, reason }: { code: string; reason: string }, texts: BoardMessages): { text: string; detail?: string } {
  const text = texts.imports.reasons[code];
  if (!text) return { text: code, detail: reason };
  const column = inColumn.exec(reason)?.[1];
  return { text: column ? texts.imports.inColumn(column, text) : text };
}
