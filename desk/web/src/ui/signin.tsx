import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import { explain, signIn } from '../state/app';
import { LanguageChoice, Mark, ThemeChoice } from './header';

export function SignIn(): JSX.Element {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem('');
    try {
      await signIn(String(form.get('agent')), String(form.get('password')));
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)} aria-labelledby="sign-in">
        <div class="brand big">
          <Mark />
          <span class="brand-name">hasshin</span>
        </div>
        <p class="tagline">{t().signIn.tagline}</p>
        <h1 id="sign-in" class="visually-hidden">{t().signIn.heading}</h1>
        <label class="field">
          <span>{t().signIn.agent}</span>
          <input name="agent" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus maxLength={64} />
        </label>
        <label class="field">
          <span>{t().signIn.password}</span>
          <input name="password" type="password" autocomplete="current-password" required maxLength={1024} />
        </label>
        <p class="problem" role="alert">{problem}</p>
        <button class="button wide" data-tone="primary" disabled={busy}>
          <span class="label">{busy ? t().signIn.submitting : t().signIn.submit}</span>
        </button>
      </form>
      <div class="sign-in-choices">
        <LanguageChoice id="language" />
        <ThemeChoice id="theme" />
      </div>
    </main>
  );
}
