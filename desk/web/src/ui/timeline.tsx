import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Disposition, Timeline as Page, TimelineEntry } from '../api/types';
import { format, t } from '../i18n';
import { explain } from '../state/app';
import { elapsed } from '../state/clock';
import { continued, movedBy, renewed, type Known } from '../state/timeline';
import { Icon, type IconName } from './icons';

interface Props {
  /** Whose timeline it is: another one is begun anew. */
  of: string;
  /** Changes when something may have been added, so that the newest are read again. */
  anew?: string;
  read(after: string, signal: AbortSignal): Promise<Page>;
  dispositions: readonly Disposition[];
}

/** TimelineList is what happened with a contact, the newest first. Nothing is read before it is in sight, and older ones only when they are asked for. */
export function TimelineList({ of, anew = '', read, dispositions }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [seen, setSeen] = useState(false);
  const [known, setKnown] = useState<Known & { of: string }>();
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const asked = useRef<AbortController>(undefined);
  const present = known?.of === of ? known : undefined;

  const fetch = async (after: string): Promise<boolean> => {
    asked.current?.abort();
    const { signal } = (asked.current = new AbortController());
    setBusy(true);
    try {
      const page = await read(after, signal);
      if (signal.aborted) return false;
      setKnown((before) => {
        const same = before?.of === of ? before : undefined;
        return { ...(after && same ? continued(same, page) : renewed(same, page)), of };
      });
      setTrouble('');
    } catch (error) {
      if (signal.aborted) return false;
      setTrouble(explain(error));
    }
    setBusy(false);
    return true;
  };

  useEffect(() => {
    const watch = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && setSeen(true));
    if (place.current) watch.observe(place.current);
    return () => {
      watch.disconnect();
      asked.current?.abort();
    };
  }, []);
  useEffect(() => {
    if (seen) void fetch('');
  }, [of, anew, seen]);

  /** Whoever pressed the button goes on with the first of what has come. */
  const older = async () => {
    const n = present?.entries.length ?? 0;
    if (!(await fetch(present?.entries.at(-1)?.id ?? ''))) return;
    setTimeout(() => (list.current?.children[n] as HTMLElement | undefined)?.focus());
  };
  return (
    <div ref={place} class="timeline" aria-busy={busy}>
      {trouble && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" size={16} /> {trouble}</p>}
      {!present && !trouble && <p class="hint" role="status">{t().timeline.loading}</p>}
      {present?.entries.length === 0 && <p class="hint">{t().timeline.none}</p>}
      {present && present.entries.length > 0 && (
        <ol ref={list} class="history">
          {present.entries.map((one) => <Entry key={one.id} entry={one} dispositions={dispositions} />)}
        </ol>
      )}
      {(present?.more || trouble) && (
        <button type="button" class="button small" data-action="older" disabled={busy} onClick={() => void older()}>{trouble ? t().timeline.again : t().timeline.older}</button>
      )}
    </div>
  );
}

function Entry({ entry, dispositions }: { entry: TimelineEntry; dispositions: readonly Disposition[] }): JSX.Element {
  const { icon, what, text, more } = described(entry, (code) => dispositions.find((d) => d.code === code)?.name ?? code);
  return (
    <li data-kind={entry.kind} tabIndex={-1}>
      <Icon name={icon} size={16} />
      <span class="history-result">{what}</span>
      <time dateTime={entry.at}>{format.moment(entry.at)}</time>
      {text && <span class="history-text">{text}</span>}
      {more.length > 0 && <span class="history-more">{more.join(' · ')}</span>}
    </li>
  );
}

interface Line {
  icon: IconName;
  what: string;
  /** What somebody wrote. */
  text?: string;
  more: string[];
}

/** described is what is said of an entry. */
function described(e: TimelineEntry, disposition: (code: string) => string): Line {
  const of = (...more: (string | false | undefined)[]) => [...more, e.agent && `${t().case.by} ${e.agent_name}`].filter((one): one is string => !!one);
  const words = t().timeline;
  const { attempt, note, callback, message, recording } = e;
  if (e.kind === 'call' && attempt) return { icon: 'eye', what: words.ending[attempt.ending] ?? attempt.ending, more: of(attempt.origin !== 'campaign' && t().origin[attempt.origin]) };
  if (attempt) {
    const talked = attempt.answered && attempt.ended ? Date.parse(attempt.ended) - Date.parse(attempt.answered) : 0;
    return {
      icon: attempt.answered ? 'phone' : 'phoneOff',
      what: attempt.result ? (t().result[attempt.result] ?? attempt.result) : words.attempt,
      more: of(attempt.number, talked > 0 && words.talked(elapsed(talked)), attempt.disposition && disposition(attempt.disposition), attempt.origin !== 'campaign' && t().origin[attempt.origin]),
    };
  }
  if (note) return { icon: 'note', what: words.note, text: note.text, more: of(note.disposition && disposition(note.disposition)) };
  if (callback) {
    const event = words.event[callback.event] ?? callback.event;
    const made = callback.event === 'made';
    const moved = movedBy(callback.text);
    return {
      icon: 'calendar', what: `${t().promise.heading[callback.kind === 'personal' ? 'personal-callback' : 'callback']}${words.colon}${event}`,
      text: made ? callback.note : undefined,
      more: of(made && words.dueNow(format.moment(callback.due)), moved && `${format.moment(moved.from)} → ${format.moment(moved.to)}`, moved ? moved.why : free(callback.event) && callback.text),
    };
  }
  if (message) return { icon: message.kind === 'email' ? 'mail' : 'send', what: message.title || words.message[message.kind], more: of(message.to, t().messages.state[message.state], message.problem) };
  if (recording) return { icon: 'ear', what: words.recording, more: of(recording.milliseconds !== undefined && elapsed(recording.milliseconds), words.kept[recording.state]) };
  return { icon: 'clock', what: e.kind, more: of() };
}

/** Whether what is noted beside an event was written by somebody; of the others it is an id. */
const free = (event: string): boolean => ['moved', 'cancelled', 'rejected'].includes(event);
