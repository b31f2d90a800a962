import { useId } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import type { Call, Clock, Slot } from '../api/types';
import { format, t } from '../i18n';
import { ownsRecord } from '../state/actions';
import { call, campaign, link, now, pending, type Rules } from '../state/app';
import { edit, hindrance, openCallback, problemText, schedule, spoiled, unschedule, work } from '../state/callback';
import { dateIn, kindsOf, problemsAt, whole, type Form, type Place, type Side } from '../state/draft';
import { dialog } from '../state/view';
import { Icon } from './icons';
import { Dialog, DialogHead } from './parts';

/** ScheduleCallback is the dialog that schedules a callback. */
export function ScheduleCallback(): JSX.Element | null {
  const of = call.value;
  const rules = campaign.value;
  const w = work.value;
  if (dialog.value?.kind !== 'callback' || !w || !of || !rules) return null;
  const kept = of.callback !== undefined;
  const reason = hindrance.value;
  return (
    <Dialog open label={t().action.callback} class="schedule" onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().action.callback} />
      {w.blocked && kept && spoiled(of) && (
        <div class="notice" data-kind="warn" role="alert">
          <Icon name="warn" />
          <span>{t().callback.blocked}</span>
        </div>
      )}
      <form
        class="schedule-form"
        onSubmit={(event) => {
          event.preventDefault();
          void schedule();
        }}
      >
        <When form={w.form} />
        <Number form={w.form} call={of} />
        <Kind form={w.form} rules={rules} />
        {w.form.kind === 'personal' && <Absent form={w.form} rules={rules} />}
        <Note form={w.form} rules={rules} />
        <div class="row dialog-end">
          {kept && (
            <button type="button" class="button" data-tone="quiet" disabled={pending.value.has('callback')} onClick={() => void unschedule(of.id)}>
              <Icon name="close" />
              <span class="label">{t().callback.drop}</span>
            </button>
          )}
          <span class="spacer" />
          <p class="hint schedule-why" id="schedule-why">{reason ?? ''}</p>
          <button
            class="button"
            data-tone="primary"
            data-schedule
            aria-disabled={reason || pending.value.has('callback') ? 'true' : undefined}
            aria-describedby={reason ? 'schedule-why' : undefined}
          >
            <Icon name="check" />
            <span class="label">{kept ? t().callback.change : t().callback.schedule}</span>
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What is wrong at one place of the form, told as soon as it is known. */
function Problems({ at, form, id }: { at: Place; form: Form; id: string }): JSX.Element {
  const found = problemsAt(at, work.value?.verdict, form);
  return (
    <div id={id} class="problems" aria-live="polite">
      {found.map((p) => (
        <p key={p.code} class="problem-line">
          <Icon name="warn" size={16} />
          <span>{problemText(p.code)}</span>
        </p>
      ))}
    </div>
  );
}

function wrong(at: Place, form: Form): 'true' | undefined {
  return problemsAt(at, work.value?.verdict, form).length > 0 ? 'true' : undefined;
}

function Part({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <fieldset class="part">
      <legend>{name}</legend>
      {children}
    </fieldset>
  );
}

function When({ form }: { form: Form }): JSX.Element {
  const w = work.value!;
  const id = useId();
  const apart = w.zones.contact !== w.zones.agent;
  const zone = form.side === 'contact' ? w.zones.contact : w.zones.agent;
  const choose = (side: Side) => {
    const clock = w.stale ? undefined : side === 'contact' ? w.verdict?.contact[0] : w.verdict?.agent;
    const [date, time] = clock?.at.split('T') ?? [];
    edit(clock ? { side, date, time: time?.slice(0, 5), hour: clock.hour } : { side });
  };
  return (
    <Part name={t().callback.when}>
      <div class="when">
        <label class="field">
          <span>{t().callback.date}</span>
          <input
            type="date"
            name="date"
            value={form.date}
            min={dateIn(zone, now.value)}
            aria-invalid={wrong('when', form)}
            aria-describedby={id}
            onInput={(event) => edit({ date: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{t().callback.time}</span>
          <input
            type="time"
            name="time"
            autofocus
            value={form.time}
            aria-invalid={wrong('when', form)}
            aria-describedby={id}
            onInput={(event) => edit({ time: event.currentTarget.value.slice(0, 5) })}
          />
        </label>
        {apart && (
          <div class="field">
            <span id={`${id}-side`}>{t().callback.typed}</span>
            <div class="segments" role="group" aria-labelledby={`${id}-side`}>
              {(['contact', 'agent'] as const).map((side) => (
                <button key={side} type="button" class="segment" aria-pressed={form.side === side} onClick={() => choose(side)}>
                  {t().callback.clock[side]}
                </button>
              ))}
            </div>
          </div>
        )}
      </div>
      <Clocks form={form} />
      {w.choices && <Hours form={form} />}
      <Problems at="when" form={form} id={id} />
      <Slots form={form} />
    </Part>
  );
}

/** The time at both ends, side by side: as promised, or what it is there now as long as no time is typed. */
function Clocks({ form }: { form: Form }): JSX.Element {
  const w = work.value!;
  const shown = whole(form) && w.verdict?.due !== undefined;
  const clock = (side: Side): Clock | undefined => (!shown ? undefined : side === 'contact' ? w.verdict?.contact[0] : w.verdict?.agent);
  return (
    <dl class="clocks" data-stale={w.stale || undefined}>
      {(['contact', 'agent'] as const).map((side) => {
        const at = clock(side);
        return (
          <div key={side} data-clock={side}>
            <dt>
              {t().callback.clock[side]} <span class="zone">{w.zones[side]}{at && ` · UTC${at.offset}`}</span>
            </dt>
            <dd>{at ? format.wall(at.at) : t().callback.now(format.timeIn(w.zones[side], now.value) ?? '')}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Which of two hours with the same name is meant. */
function Hours({ form }: { form: Form }): JSX.Element {
  return (
    <div class="hours" role="radiogroup" aria-label={t().callback.whichHour}>
      <span>{t().callback.whichHour}</span>
      {work.value!.choices!.of.map((choice) => (
        <label key={choice.hour} class="check">
          <input type="radio" name="hour" value={choice.hour} checked={form.hour === choice.hour} onChange={() => edit({ hour: choice.hour })} />
          <span>{t().callback.hour[choice.hour ?? 'earlier'](`UTC${choice.offset}`)}</span>
        </label>
      ))}
    </div>
  );
}

/** The nearest times that would do. */
function Slots({ form }: { form: Form }): JSX.Element | null {
  const w = work.value!;
  const slots = w.verdict?.slots ?? [];
  if (slots.length === 0) return null;
  const apart = w.zones.contact !== w.zones.agent;
  const pick = (slot: Slot) => {
    const [date = '', time = ''] = slot.when.at.split('T');
    edit({ date, time: time.slice(0, 5), hour: slot.when.hour });
    document.querySelector<HTMLElement>('[data-schedule]')?.focus();
  };
  return (
    <div class="slots" role="group" aria-label={t().callback.slots} data-stale={w.stale || undefined}>
      <span class="hint">{t().callback.slots}</span>
      {slots.map((slot) => (
        <button key={slot.at} type="button" class="button small" data-slot onClick={() => pick(slot)}>
          {format.wall(slot.when.at)}
          {apart && <span class="slot-other">{format.wallTime((form.side === 'contact' ? slot.agent : slot.contact[0])?.at ?? slot.when.at)}</span>}
        </button>
      ))}
    </div>
  );
}

function Number({ form, call: of }: { form: Form; call: Call }): JSX.Element {
  const id = useId();
  return (
    <Part name={t().callback.number}>
      <div class="number-choice">
        {of.record.numbers.map((n) => (
          <label key={n.number} class="check">
            <input type="radio" name="number" checked={form.number === n.number} onChange={() => edit({ number: n.number })} />
            <span class="number">{n.number}</span>
            {n.type && <span class="tag">{t().numberType[n.type] ?? n.type}</span>}
            {n.do_not_call && <span class="tag" data-kind="bad"><Icon name="ban" size={16} /> {t().case.onList}</span>}
          </label>
        ))}
        <label class="check">
          <input type="radio" name="number" checked={form.number === ''} onChange={() => edit({ number: '' })} />
          <span>{t().callback.newNumber}</span>
        </label>
        {form.number === '' && (
          <input
            type="tel"
            name="other"
            autocomplete="off"
            aria-label={t().callback.newNumber}
            aria-invalid={wrong('number', form)}
            aria-describedby={id}
            maxLength={64}
            value={form.other}
            onInput={(event) => edit({ other: event.currentTarget.value })}
          />
        )}
      </div>
      <Problems at="number" form={form} id={id} />
    </Part>
  );
}

function Kind({ form, rules }: { form: Form; rules: Rules }): JSX.Element {
  const id = useId();
  const may = kindsOf(rules.privileges);
  return (
    <Part name={t().callback.kind}>
      <div class="kinds">
        {(['personal', 'pool'] as const).map((kind) => {
          const locked = !may.includes(kind);
          return (
            <label key={kind} class="check" data-locked={locked || undefined}>
              <input
                type="radio"
                name="kind"
                value={kind}
                checked={form.kind === kind}
                disabled={locked}
                aria-describedby={locked ? `${id}-${kind}` : undefined}
                onChange={() => edit({ kind })}
              />
              <span>
                {t().callback.kinds[kind]}
                <span class="hint" id={`${id}-${kind}`}>{locked ? t().why.privilege(`calls.callback.${kind}`) : t().callback.kindHint[kind]}</span>
              </span>
            </label>
          );
        })}
      </div>
      <Problems at="kind" form={form} id={id} />
    </Part>
  );
}

function Absent({ form, rules }: { form: Form; rules: Rules }): JSX.Element {
  const id = useId();
  const { groups, next_shift } = rules.callback;
  const choices = (['pool', 'group', 'next-shift', 'supervisor'] as const).filter(
    (then) => then === form.then || (then === 'group' ? groups.length > 0 : then !== 'next-shift' || next_shift),
  );
  return (
    <Part name={t().callback.absent}>
      <div class="absent">
        <label class="field minutes">
          <span>{t().callback.wait}</span>
          <input
            type="number"
            name="minutes"
            min={0}
            max={1440}
            value={form.minutes}
            aria-invalid={wrong('absent', form)}
            aria-describedby={id}
            onInput={(event) => {
              if (event.currentTarget.value !== '') edit({ minutes: Math.trunc(event.currentTarget.valueAsNumber) });
            }}
          />
        </label>
        <label class="field">
          <span>{t().callback.thenTo}</span>
          <select name="then" value={form.then} aria-describedby={id} onChange={(event) => edit({ then: event.currentTarget.value as Form['then'] })}>
            {choices.map((then) => (
              <option key={then} value={then}>{t().callback.then[then]}</option>
            ))}
          </select>
        </label>
        {form.then === 'group' && (
          <label class="field">
            <span>{t().callback.group}</span>
            <select name="group" value={form.group} aria-describedby={id} onChange={(event) => edit({ group: event.currentTarget.value })}>
              {groups.map((group) => (
                <option key={group} value={group}>{group}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Problems at="absent" form={form} id={id} />
    </Part>
  );
}

function Note({ form, rules }: { form: Form; rules: Rules }): JSX.Element {
  const id = useId();
  return (
    <div class="part">
      <label class="field">
        <span>{t().callback.note}</span>
        <textarea
          name="note"
          rows={2}
          maxLength={rules.callback.note_length || undefined}
          placeholder={t().callback.noteHint}
          aria-invalid={wrong('note', form)}
          aria-describedby={id}
          value={form.note}
          onInput={(event) => edit({ note: event.currentTarget.value })}
        />
      </label>
      <Problems at="note" form={form} id={id} />
    </div>
  );
}

/** Scheduled is the callback that the call has, with a box to uncheck it. */
export function Scheduled({ call: of }: { call: Call }): JSX.Element | null {
  const verdict = of.callback;
  if (!verdict) return null;
  const { draft } = verdict;
  const bad = spoiled(of);
  const mine = ownsRecord(of) && !of.read_only;
  return (
    <div class="scheduled" role="group" data-bad={bad || undefined} aria-labelledby="scheduled">
      <label class="check">
        <input
          type="checkbox"
          checked
          disabled={!mine || link.value !== 'open'}
          onChange={(event) => {
            event.currentTarget.checked = true; // it goes with the callback
            void unschedule(of.id);
          }}
        />
        <span id="scheduled">{t().promise.heading.callback}</span>
      </label>
      <span class="scheduled-when">{format.wall(draft.when.at)}</span>
      <span class="scheduled-more">
        {[otherClock(verdict.contact[0], verdict.agent, draft.when.zone), t().callback.kinds[draft.kind ?? 'personal'], draft.number].filter(Boolean).map((text) => <span key={text}>{text}</span>)}
      </span>
      {mine && (
        <button type="button" class="button small" onClick={() => openCallback(bad)}>{t().callback.edit}</button>
      )}
      {bad && (
        <p class="problem-line" role="alert">
          <Icon name="warn" size={16} />
          <span>{verdict.problems.map((p) => problemText(p.code)).join(' ')}</span>
        </p>
      )}
    </div>
  );
}

/** The other end's clock, where it differs. */
function otherClock(contact: Clock | undefined, agent: Clock | undefined, zone: string): string {
  if (!contact || !agent || (contact.at === agent.at && contact.offset === agent.offset)) return '';
  const [side, clock] = contact.zone === zone ? (['agent', agent] as const) : (['contact', contact] as const);
  return `${t().callback.clock[side]} ${format.wall(clock.at)}`;
}

