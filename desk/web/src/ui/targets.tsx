import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FoundTarget, Target } from '../api/types';
import { t } from '../i18n';
import { call, campaign, client, commands, explain, say } from '../state/app';
import { refusal, type Verb } from '../state/actions';
import { dialog } from '../state/view';
import { Icon, type IconName } from './icons';
import { Dialog, DialogHead, Since, StateChip } from './parts';

const verbs: Verb[] = ['consult', 'invite', 'transfer'];
const kindIcons: Record<FoundTarget['kind'], IconName> = { agent: 'person', group: 'people', queue: 'list', number: 'phone' };

/** How often presence is looked at again while the list is open. */
const refreshMs = 2000;

export function targetOf(found: FoundTarget): Target {
  return found.kind === 'number' ? { kind: 'number', number: found.number } : { kind: found.kind, id: found.id };
}

/** Targets is the search for whom to consult, bring in or transfer to. */
export function Targets(): JSX.Element | null {
  const open = dialog.value;
  if (open?.kind !== 'targets') return null;
  return (
    <Dialog open label={t().targets[open.verb]} class="targets" onClose={() => (dialog.value = undefined)}>
      <Search verb={open.verb} />
    </Dialog>
  );
}

function Search({ verb }: { verb: Verb }): JSX.Element {
  const [text, setText] = useState('');
  const [found, setFound] = useState<FoundTarget[]>();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = call.value?.id;

  const search = async (signal: AbortSignal) => {
    if (!id) return;
    try {
      const answer = await client.send('GET /api/v1/calls/{id}/targets', { path: { id }, query: { q: text, limit: '40' }, signal });
      setFound(answer.targets);
    } catch (error) {
      if (!signal.aborted) say('error', explain(error));
    }
  };
  useEffect(() => {
    const stop = new AbortController();
    const first = setTimeout(() => void search(stop.signal), text ? 120 : 0);
    const again = setInterval(() => void search(stop.signal), refreshMs);
    return () => {
      stop.abort();
      clearTimeout(first);
      clearInterval(again);
    };
  }, [text, id]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, found]);

  const possible = (target: FoundTarget) => target.for.includes(verb) && !target.refused;
  const reach = (target: FoundTarget | undefined) => {
    if (!target || !possible(target) || !call.value || refusal(verb, call.value, campaign.value)) return;
    dialog.value = undefined;
    void commands.reach(verb, targetOf(target));
  };
  const favourite = async (target: FoundTarget) => {
    const path = { kind: target.kind, target: target.kind === 'number' ? (target.number ?? '') : (target.id ?? '') };
    try {
      await client.send(target.favourite ? 'DELETE /api/v1/favourites/{kind}/{target}' : 'PUT /api/v1/favourites/{kind}/{target}', { path });
      setFound((before) => before?.map((other) => (other === target ? { ...other, favourite: !other.favourite } : other)));
    } catch (error) {
      say('error', explain(error));
    }
  };
  const move = (by: number) => {
    if (found?.length) setAt((before) => (before + by + found.length) % found.length);
  };
  const selected = found?.[Math.min(at, found.length - 1)];
  return (
    <>
      <DialogHead title={t().targets[verb]} />
      <div class="segments" role="group" aria-label={t().targets.verb}>
        {verbs.map((other) => (
          <button
            key={other}
            type="button"
            class="segment"
            aria-pressed={other === verb}
            disabled={refusal(other, call.value, campaign.value) !== undefined}
            onClick={() => (dialog.value = { kind: 'targets', verb: other })}
          >
            {t().action[other]}
          </button>
        ))}
      </div>
      <label class="search">
        <Icon name="search" />
        <span class="visually-hidden">{t().targets.search}</span>
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="targets"
          aria-autocomplete="list"
          aria-activedescendant={selected ? `target-${found?.indexOf(selected)}` : undefined}
          placeholder={t().targets.search}
          autofocus
          spellcheck={false}
          autocomplete="off"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') move(1);
            else if (event.key === 'ArrowUp') move(-1);
            else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && selected) void favourite(selected);
            else if (event.key === 'Enter' && !event.isComposing) reach(selected);
            else return;
            event.preventDefault();
          }}
        />
      </label>
      <ul id="targets" class="target-list" role="listbox" aria-label={t().targets[verb]} ref={list}>
        {found?.map((target, i) => (
          <TargetRow key={`${target.kind} ${target.id ?? target.number}`} id={`target-${i}`} target={target} verb={verb} selected={target === selected} onReach={() => reach(target)} onFavourite={() => void favourite(target)} />
        ))}
      </ul>
      <p class="hint" role="status">
        {found === undefined ? t().targets.searching : found.length === 0 ? t().targets.none : `${t().targets.count(found.length)} · ${t().targets.enter}`}
      </p>
    </>
  );
}

function TargetRow(props: { id: string; target: FoundTarget; verb: Verb; selected: boolean; onReach: () => void; onFavourite: () => void }): JSX.Element {
  const { target, verb } = props;
  const name = target.name || target.number || target.id || '';
  const blocked = target.refused ? (t().problem[target.refused] ?? target.why) : target.for.includes(verb) ? undefined : t().targets.queueOnly;
  return (
    <li
      id={props.id}
      class="target"
      role="option"
      aria-selected={props.selected}
      aria-disabled={blocked ? 'true' : undefined}
      onClick={props.onReach}
    >
      <Icon name={kindIcons[target.kind]} />
      <span class="target-name">
        {name}
        <span class="target-more">
          {[target.kind === 'number' && target.name ? target.number : '', target.contact ? t().targets.contactOwn : '', ...(target.groups ?? [])].filter(Boolean).join(' · ')}
        </span>
      </span>
      <span class="target-state">
        {blocked ?? (
          <>
            {target.used_at && <span class="tag">{t().targets.recent}</span>}
            {target.state && (
              <StateChip state={target.state}>{target.since && target.state !== 'signed-out' && <Since at={target.since} />}</StateChip>
            )}
            {target.kind === 'group' && <span class="tag">{t().targets.readyCount(target.ready ?? 0)}</span>}
          </>
        )}
      </span>
      <span
        class="star"
        title={target.favourite ? t().targets.removeFavourite(name) : t().targets.addFavourite(name)}
        data-on={target.favourite || undefined}
        onClick={(event) => {
          event.stopPropagation();
          props.onFavourite();
        }}
      >
        <Icon name="star" filled={target.favourite} />
        {target.favourite && <span class="visually-hidden">{t().targets.favourite}</span>}
      </span>
    </li>
  );
}

