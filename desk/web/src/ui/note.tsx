import type { JSX } from 'preact';
import type { Call } from '../api/types';
import { t } from '../i18n';
import { ownsRecord } from '../state/actions';
import { draft, flush, noteOf, write } from '../state/notes';
import { Key } from './parts';

export function Note({ call }: { call: Call }): JSX.Element {
  const state = draft.value?.call === call.id ? draft.value.state : 'clean';
  return (
    <section class="note">
      <h2>
        <label for="note">{t().case.note}</label>
        <Key action="note" />
        <span class="saving" role="status">{state === 'saving' ? t().case.saving : state === 'dirty' ? t().case.unsaved : call.note ? t().case.saved : ''}</span>
      </h2>
      <textarea
        id="note"
        rows={4}
        maxLength={10000}
        placeholder={t().case.noteHint}
        value={noteOf(call)}
        readOnly={!ownsRecord(call) || call.read_only}
        onInput={(event) => write(call.id, event.currentTarget.value)}
        onBlur={() => void flush()}
      />
    </section>
  );
}
