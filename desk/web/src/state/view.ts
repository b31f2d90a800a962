import { signal } from '@preact/signals';
import type { Verb } from './actions';

// What is open on the page. Only one dialog at a time.

export type OpenDialog = { kind: 'settings' } | { kind: 'keys' } | { kind: 'targets'; verb: Verb } | { kind: 'do-not-call' } | { kind: 'callback' } | { kind: 'book' } | { kind: 'email' } | { kind: 'webhook'; id: string };

export const dialog = signal<OpenDialog | undefined>(undefined);
export const keypadOpen = signal(false);

export type Theme = 'system' | 'light' | 'dark';
