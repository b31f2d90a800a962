import type { JSX } from 'preact';
import type { Call, Script } from '../api/types';
import { t } from '../i18n';
import { ownsRecord } from '../state/actions';
import { campaign, client, commands } from '../state/app';
import { reach } from '../state/messages';
import { script } from '../state/script';
import { timelinePage } from '../state/timeline';
import { dialog } from '../state/view';
import { Icon } from './icons';
import { Messages } from './messages';
import { ActionButton, Key } from './parts';
import { TimelineList } from './timeline';

/** What is known of the contact. */
export function Case({ call }: { call: Call }): JSX.Element {
  return (
    <aside class="case" aria-label={t().case.label}>
      <section aria-labelledby="numbers">
        <h2 id="numbers">{t().case.numbers}</h2>
        <ul class="numbers">
          {call.record.numbers.map((n) => (
            <li key={n.number} data-current={n.number === call.number || undefined}>
              <span class="number">{n.number}</span>
              {n.type && <span class="tag">{t().numberType[n.type] ?? n.type}</span>}
              {n.do_not_call && <span class="tag" data-kind="bad"><Icon name="ban" size={16} /> {t().case.onList}</span>}
            </li>
          ))}
        </ul>
        {ownsRecord(call) && <ActionButton action="do-not-call" tone="quiet" do={() => (dialog.value = { kind: 'do-not-call' })} />}
      </section>
      <Messages />
      <Fields call={call} />
      <History call={call} />
    </aside>
  );
}

/** History is what happened with the contact before, and in this call. */
function History({ call }: { call: Call }): JSX.Element {
  const read = (after: string, signal: AbortSignal) =>
    client.send('GET /api/v1/calls/{id}/timeline', { path: { id: call.id }, query: { limit: String(timelinePage), ...(after ? { after } : {}) }, signal });
  // An attempt is written down when it has ended, a message when it is taken.
  const sent = reach.value?.call === call.id ? reach.value.sent.map((one) => `${one.id} ${one.state}`).join() : '';
  return (
    <section aria-labelledby="history">
      <h2 id="history" class="keyed" tabIndex={-1}>{t().case.history} <Key action="history" /></h2>
      <TimelineList of={call.id} anew={`${call.state === 'wrap-up'} ${sent}`} read={read} dispositions={campaign.value?.dispositions ?? []} />
    </section>
  );
}

interface Row {
  key: string;
  label: string;
  value: string;
  editable: boolean;
}

/** fieldsOf are the fields to show: the campaign's first, in its order, then the others by name, answers to the script by what was asked, then the digits. */
export function fieldsOf(call: Call, fields: readonly { name: string; label: string; editable: boolean }[], mayEdit: boolean, asked: Script['steps'] = []): Row[] {
  const known = new Set(fields.map((f) => f.name));
  const rows: Row[] = fields.map((f) => ({ key: f.name, label: f.label || f.name, value: call.record.fields[f.name] ?? '', editable: f.editable && mayEdit }));
  for (const key of Object.keys(call.record.fields).sort()) {
    if (known.has(key) || (call.digits && key in call.digits)) continue;
    const value = call.record.fields[key] ?? '';
    const step = asked.find((one) => one.key === key);
    rows.push({ key, label: step?.title || key, value: step?.answers.find((one) => one.value === value)?.label ?? value, editable: false });
  }
  for (const [key, value] of Object.entries(call.digits ?? {})) {
    const label = key === 'dtmf_sent' ? t().case.digitsSent : key === 'dtmf_received' ? t().case.digitsReceived : key;
    rows.push({ key, label, value, editable: false });
  }
  return rows;
}

function Fields({ call }: { call: Call }): JSX.Element | null {
  const of = campaign.value;
  const mayEdit = ownsRecord(call) && !call.read_only && (of?.privileges.includes('calls.edit_fields') ?? false);
  const rows = fieldsOf(call, of?.fields ?? [], mayEdit, script.value?.call === call.id ? script.value.script.steps : []);
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="fields">
      <h2 id="fields">{t().case.fields}</h2>
      <dl class="fields">
        {rows.map((row) => (
          <div key={row.key}>
            <dt>{row.editable ? <label for={`field-${row.key}`}>{row.label}</label> : row.label}</dt>
            <dd>{row.editable ? <FieldInput row={row} call={call} /> : row.value || t().case.empty}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function FieldInput({ row, call }: { row: Row; call: Call }): JSX.Element {
  const save = (input: HTMLInputElement) => {
    if (input.value !== row.value) void commands.field(row.key, input.value).then((done) => done || (input.value = row.value));
  };
  return (
    <input
      key={call.id}
      id={`field-${row.key}`}
      value={row.value}
      maxLength={4096}
      onBlur={(event) => save(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save(event.currentTarget);
        if (event.key === 'Escape') event.currentTarget.value = row.value;
      }}
    />
  );
}
