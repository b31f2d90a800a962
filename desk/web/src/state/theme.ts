import { effect, signal } from '@preact/signals';
import { language } from '../i18n';
import { remember, remembered } from './memory';
import type { Theme } from './view';

export const theme = signal<Theme>(remembered<Theme>('theme', 'system'));

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember('theme', chosen);
}

// The document itself tells its language and its theme.
effect(() => {
  document.documentElement.dataset.theme = theme.value;
  document.documentElement.lang = language.value;
});
