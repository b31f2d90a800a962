// What this browser remembers for its user: choices, nothing about contacts.

const prefix = 'hasshin.';

export function remembered<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise; // storage is forbidden, or holds something of an older page
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Storage is forbidden or full: the choice lasts as long as the page.
  }
}
