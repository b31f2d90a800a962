import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { Refused } from '../api/client';
import type { ListImport } from '../api/types';
import { format } from '../i18n';
import { client, explain, run } from '../state/app';
import { Icon } from '../ui/icons';
import { b, figure } from './i18n';
import './import.css';
import { Fact } from './parts';
import { poll } from './poll';
import { reasonText } from './rejects';
import { campaignName, campaigns } from './state';
import { sizeOf, upload, type Wish } from './upload';

/** How often running imports are looked at. */
const lookMs = 1000;

/** Imports is where supervisors import lists, and see what became of them. */
export function Imports(): JSX.Element {
  const [past, setPast] = useState<readonly ListImport[]>();
  const [most, setMost] = useState(0);
  const [shown, show] = useState<ListImport>();
  const [open, setOpen] = useState('');
  const [trouble, setTrouble] = useState('');
  useEffect(() =>
    poll(lookMs, async (signal) => {
      const found = await client.send('GET /api/v1/imports', { query: { limit: '20' }, signal });
      const id = open || found.imports.find((one) => one.state === 'running')?.id;
      const one = id ? await client.send('GET /api/v1/imports/{id}', { path: { id }, signal }) : undefined;
      if (signal.aborted) return;
      setPast(found.imports);
      setMost(found.max_upload);
      if (one) {
        setOpen(one.id);
        show(one);
      }
      setTrouble('');
    }, (error) => setTrouble(explain(error))), [open]);
  const began = (one: ListImport) => {
    show(one);
    setOpen(one.id);
  };
  return (
    <>
      {trouble && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" /> {trouble}</p>}
      <Choose most={most} shown={shown} onBegan={began} />
      <div aria-live="polite">{shown && <p class="visually-hidden">{`${shown.file}: ${b().imports.state[shown.state]}`}</p>}</div>
      {shown && <Shown one={shown} />}
      <section class="board-card" aria-labelledby="imports-past">
        <h2 id="imports-past" class="control-name">{b().imports.past}</h2>
        {past?.length === 0 && <p class="book-none">{b().imports.none}</p>}
        <ul class="import-list">
          {past?.map((one) => (
            <li key={one.id} data-import={one.id} data-state={one.state}>
              <button type="button" class="import-open" aria-expanded={open === one.id} onClick={() => setOpen(one.id)}>{one.file}</button>
              <span class="tag">{b().imports.state[one.state]}</span>
              {one.dry_run && <span class="tag">{b().imports.dry}</span>}
              <span class="hint">{one.campaign ? campaignName(one.campaign) : b().imports.every} · {b().imports.began(one.by_name ?? one.by, format.moment(one.started))}</span>
              <span class="hint">{b().imports.taken} {format.number(one.taken)}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** Choose is where a file is chosen, checked, and then imported. */
function Choose({ most, shown, onBegan }: { most: number; shown: ListImport | undefined; onBegan: (one: ListImport) => void }): JSX.Element {
  const [file, setFile] = useState<File>();
  const [kind, setKind] = useState<Wish['kind']>('contacts');
  const [campaign, setCampaign] = useState('');
  const [region, setRegion] = useState('');
  const [sent, setSent] = useState<number>();
  const [checked, setChecked] = useState('');
  const [problem, setProblem] = useState<{ text: string; detail?: string }>();
  const all = campaigns.value ?? [];
  const into = campaign || (kind === 'contacts' ? (all[0]?.id ?? '') : '');
  const choose = (chosen: File | null | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setChecked('');
    setProblem(most > 0 && chosen.size > most ? { text: b().imports.tooLarge(sizeOf(most, format.number)) } : undefined);
  };
  const send = async (dry: boolean) => {
    if (!file || sent !== undefined) return;
    setSent(0);
    setProblem(undefined);
    try {
      const one = await upload({ kind, campaign: into, region, dry }, file, setSent);
      setChecked(dry ? one.id : '');
      onBegan(one);
    } catch (error) {
      setProblem(worded(error, most));
    }
    setSent(undefined);
  };
  const ready = shown && shown.id === checked && shown.state === 'finished' && !shown.already;
  const tooLarge = !!file && most > 0 && file.size > most;
  return (
    <section class="board-card import" aria-labelledby="import">
      <h2 id="import" class="control-name">{b().imports.heading}</h2>
      <label
        class="import-drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          choose(event.dataTransfer?.files[0]);
        }}
      >
        <Icon name="note" />
        <span>{file ? b().imports.chosen(file.name, sizeOf(file.size, format.number)) : b().imports.drop}</span>
        <input type="file" class="visually-hidden" accept=".csv,.txt,.gz,text/csv" onChange={(event) => choose(event.currentTarget.files?.[0])} />
      </label>
      <div class="audit-filters">
        <label class="choice"><span>{b().imports.kind}</span>
          <select name="kind" value={kind} onChange={(event) => { setKind(event.currentTarget.value as Wish['kind']); setChecked(''); }}>
            <option value="contacts">{b().imports.kinds.contacts}</option>
            <option value="do-not-call">{b().imports.kinds['do-not-call']}</option>
          </select>
        </label>
        <label class="choice"><span>{b().imports.campaign}</span>
          <select name="campaign" value={into} onChange={(event) => { setCampaign(event.currentTarget.value); setChecked(''); }}>
            {kind === 'do-not-call' && <option value="">{b().imports.every}</option>}
            {all.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        {kind === 'do-not-call' && (
          <label class="choice"><span>{b().imports.region}</span><input value={region} maxLength={2} onInput={(event) => { setRegion(event.currentTarget.value); setChecked(''); }} /></label>
        )}
      </div>
      <div role="alert">
        {problem && <p class="problem">{problem.text} {problem.detail && <span lang="en">{problem.detail}</span>}</p>}
      </div>
      <p class="hint">{b().imports.checkHint}</p>
      <div class="row">
        <button type="button" class="button" data-deed="check" disabled={!file || tooLarge || sent !== undefined} onClick={() => void send(true)}>{b().imports.check}</button>
        {ready && (
          <button type="button" class="button" data-tone="primary" data-deed="import" disabled={sent !== undefined || shown.taken === 0} onClick={() => void send(false)}>
            {b().imports.doIt(format.number(shown.taken))}
          </button>
        )}
        {sent !== undefined && <span role="status">{b().imports.sending(figure.percent(sent))}</span>}
      </div>
    </section>
  );
}

/** worded says why a file was not taken in. */
function worded(error: unknown, most: number): { text: string; detail?: string } {
  if (!(error instanceof Refused)) return { text: b().imports.lost };
  const why = error.problem.file;
  switch (error.code) {
    case 'unfit_file':
      return { text: (why && b().imports.file[why.code]) ?? b().imports.unfit, ...(error.problem.detail ? { detail: error.problem.detail } : {}) };
    case 'too_large':
      return { text: b().imports.tooLarge(sizeOf(most, format.number)) };
    case 'too_many_imports':
      return { text: b().imports.tooMany };
  }
  return { text: explain(error) };
}

/** Shown is one import: how far it is, and what it did not take. */
function Shown({ one }: { one: ListImport }): JSX.Element {
  const path = { id: one.id };
  return (
    <section class="board-card import-shown" data-shown={one.id} data-state={one.state} data-dry={one.dry_run} aria-labelledby="import-shown">
      <header class="campaign-head">
        <h2 id="import-shown" class="control-name">{one.file}</h2>
        <span class="tag">{b().imports.state[one.state]}</span>
        {one.dry_run && <span class="tag">{b().imports.dry}</span>}
        <span class="spacer" />
        {one.state === 'running' && (
          <button type="button" class="button" data-deed="cancel-import" onClick={() => void run('cancel import', () => client.send('POST /api/v1/imports/{id}/cancel', { path }))}>{b().imports.cancel}</button>
        )}
        {one.has_rejects && <a class="button" data-deed="rejects" href={`/api/v1/imports/${encodeURIComponent(one.id)}/rejects`} download>{b().imports.rejects}</a>}
      </header>
      <progress max={Math.max(1, one.total_bytes)} value={one.bytes} aria-label={b().imports.progress(one.file)} />
      {one.already && <p class="hint">{b().imports.already}</p>}
      {(one.state === 'cancelled' || one.state === 'interrupted' || one.state === 'failed') && !one.dry_run && <p class="hint">{b().imports.again}</p>}
      {one.problem && <p class="problem" lang="en">{one.problem}</p>}
      <dl class="facts wide">
        <Fact name={b().imports.rows}>{format.number(one.rows)}</Fact>
        <Fact name={b().imports.taken}>{format.number(one.taken)}</Fact>
        <Fact name={b().imports.known}>{format.number(one.known)}</Fact>
        <Fact name={b().imports.rejected}>{format.number(one.rejected)}</Fact>
        <Fact name={b().imports.rate}>{format.number(Math.round(one.rate))}</Fact>
        {one.state === 'running' && one.ends && <Fact name={b().imports.ends}>{figure.exact(one.ends)}</Fact>}
      </dl>
      {one.first.length > 0 && (
        <div class="agent-scroll free" tabIndex={0} role="region" aria-label={b().imports.first}>
          <table class="agent-table">
            <caption>{b().imports.first}</caption>
            <thead><tr><th scope="col" class="n">{b().imports.line}</th><th scope="col">{b().imports.reason}</th><th scope="col">{b().imports.row}</th></tr></thead>
            <tbody>
              {one.first.map((row) => (
                <tr key={row.line}>
                  <td class="n">{row.line}</td>
                  <td><Reason row={row} /></td>
                  <td>{row.columns.join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Reason({ row }: { row: ListImport['first'][number] }): JSX.Element {
  const { text, detail } = reasonText(row, b());
  return <>{text} {detail && <span class="hint" lang="en">{detail}</span>}</>;
}
