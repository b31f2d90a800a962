import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { AuditEntry } from '../api/types';
import { client, explain } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon } from '../ui/icons';
import { b, figure } from './i18n';
import { campaignName, campaigns } from './state';

/** How many entries come at once. */
const page = 50;

const kinds = ['listen', 'whisper', 'barge', 'take-over', 'end-call', 'sign-out', 'play-recording', 'delete-recording', 'import'] as const;

/** AuditLog is what people did with other people's calls and with lists, the newest first. */
export function AuditLog(): JSX.Element {
  const [kind, setKind] = useState('');
  const [by, setBy] = useState('');
  const [agent, setAgent] = useState('');
  const [campaign, setCampaign] = useState('');
  const [entries, setEntries] = useState<readonly AuditEntry[]>();
  /** Names by ids, of those who were in an entry: to choose from. */
  const [people, setPeople] = useState<Readonly<Record<string, string>>>({});
  const [more, setMore] = useState(false);
  const [trouble, setTrouble] = useState('');

  const idOf = (text: string) => Object.keys(people).find((id) => people[id] === text.trim()) ?? text.trim();
  const read = async (after: string, signal?: AbortSignal) => {
    const query: Record<string, string> = { limit: String(page) };
    for (const [name, value] of Object.entries({ kind, by: idOf(by), agent: idOf(agent), campaign, after })) if (value) query[name] = value;
    try {
      const found = await client.send('GET /api/v1/audit', { query, ...(signal ? { signal } : {}) });
      setEntries((before) => (after ? [...(before ?? []), ...found.entries] : found.entries));
      setPeople((before) => ({ ...before, ...Object.fromEntries(found.entries.flatMap((one) => [[one.by, one.by_name], [one.agent, one.agent_name]]).filter(([id]) => id)) }));
      setMore(found.entries.length === page);
      setTrouble('');
    } catch (error) {
      if (!signal?.aborted) setTrouble(explain(error));
    }
  };
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => void read('', stop.signal), 200); // after the last key
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [kind, by, agent, campaign]);

  return (
    <section class="board-card" aria-labelledby="audit">
      <h2 id="audit" class="control-name">{b().audit.heading}</h2>
      <div class="audit-filters" role="group" aria-label={b().audit.filters}>
        <label class="choice"><span>{b().audit.kind}</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="">{b().audit.anything}</option>
            {kinds.map((one) => <option key={one} value={one}>{b().audit.kinds[one]}</option>)}
          </select>
        </label>
        <label class="choice"><span>{b().audit.by}</span><input value={by} list="audit-people" placeholder={b().audit.anybody} autocapitalize="none" spellcheck={false} onInput={(event) => setBy(event.currentTarget.value)} /></label>
        <label class="choice"><span>{b().audit.agent}</span><input value={agent} list="audit-people" placeholder={b().audit.anybody} autocapitalize="none" spellcheck={false} onInput={(event) => setAgent(event.currentTarget.value)} /></label>
        <label class="choice"><span>{b().audit.campaign}</span>
          <select value={campaign} onChange={(event) => setCampaign(event.currentTarget.value)}>
            <option value="">{b().callbacks.all}</option>
            {campaigns.value?.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        <button type="button" class="button" onClick={() => void read('')}>{b().audit.again}</button>
        <datalist id="audit-people">{Object.entries(people).map(([id, name]) => <option key={id} value={id}>{name}</option>)}</datalist>
      </div>
      {trouble && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" /> {trouble}</p>}
      {entries?.length === 0 && <p class="book-none" role="status">{b().audit.none}</p>}
      {entries && entries.length > 0 && (
        <div class="agent-scroll free">
          <table class="agent-table audit-table">
            <thead>
              <tr>
                <th scope="col">{b().audit.when}</th>
                <th scope="col">{b().audit.by}</th>
                <th scope="col">{b().audit.kind}</th>
                <th scope="col">{b().audit.agent}</th>
                <th scope="col">{b().audit.campaign}</th>
                <th scope="col">{b().audit.record}</th>
                <th scope="col" class="n">{b().audit.lasted}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((one) => (
                <tr key={one.id}>
                  <td><time dateTime={one.from}>{figure.exact(one.from)}</time></td>
                  <td title={one.by}>{one.by_name}</td>
                  <td>{b().audit.kinds[one.kind] ?? one.kind}</td>
                  <td title={one.agent}>{one.agent_name ?? b().none}</td>
                  <td>{one.campaign ? campaignName(one.campaign) : b().none}</td>
                  <td>{one.record ?? one.file ?? b().none}</td>
                  <td class="n">{lasted(one)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more && <button type="button" class="button" onClick={() => void read(entries?.at(-1)?.id ?? '')}>{b().audit.more}</button>}
    </section>
  );
}

/** What happens at a moment has no length. */
function lasted(one: AuditEntry): string {
  if (!['listen', 'whisper', 'barge', 'import'].includes(one.kind)) return b().none;
  return one.to ? elapsed(Date.parse(one.to) - Date.parse(one.from)) : b().audit.going;
}
