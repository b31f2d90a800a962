import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Call, Script } from '../api/types';
import { t } from '../i18n';
import { ownsRecord } from '../state/actions';
import { link } from '../state/app';
import { parse, type Node } from '../state/markup';
import { answer, script } from '../state/script';
import { Icon } from './icons';
import { Key } from './parts';

type Step = Script['steps'][number];

/** ScriptPanel is what the agent says to the contact: the steps so far, and the one where the call is now. */
export function ScriptPanel({ call }: { call: Call }): JSX.Element | null {
  const of = script.value?.call === call.id ? script.value.script : undefined;
  const here = of?.path.at(-1);
  // Who answered goes on in the next step, also with the keyboard: what was answered moves away from under it.
  const answered = useRef(false);
  useEffect(() => {
    if (answered.current) document.getElementById('script-step')?.focus();
    answered.current = false;
  }, [here]);
  const give = (step: Step, value: string) => {
    answered.current = true;
    void answer(call.id, step.id, value).then((done) => done || (answered.current = false));
  };
  if (!of) return null;
  const steps = of.path.map((id) => of.steps.find((step) => step.id === id)).filter((step) => step !== undefined);
  return (
    <section class="script" aria-labelledby="script">
      <h2 id="script">{t().script.heading}{of.title && <span class="script-title">{of.title}</span>}<Key action="script" /></h2>
      {of.intro && <Said html={of.intro} />}
      {steps.slice(0, -1).map((step) => (
        <details key={step.id} class="script-past">
          <summary><Icon name="check" size={16} /><span>{step.title}</span><span class="script-answer">{labelOf(step)}</span></summary>
          <Said html={step.html} />
          <Answers step={step} call={call} give={give} />
        </details>
      ))}
      {steps.slice(-1).map((step) => (
        <div key={step.id} class="script-step">
          <h3 id="script-step" tabIndex={-1}>{step.title}</h3>
          <Said html={step.html} />
          <Answers step={step} call={call} give={give} />
        </div>
      ))}
    </section>
  );
}

const labelOf = (step: Step): string => step.answers.find((one) => one.value === step.answer)?.label ?? '';

/** What to say, as the server has made it of the script. */
function Said({ html }: { html: string }): JSX.Element {
  return <div class="script-text">{parse(html).map(shown)}</div>;
}

function shown(node: Node): JSX.Element | string {
  if (typeof node === 'string') return node;
  const { tag, href, children } = node;
  if (tag === 'a') return <a href={href} target="_blank" rel="noopener noreferrer">{children.map(shown)}</a>;
  return h(tag, null, children.map(shown));
}

function Answers({ step, call, give }: { step: Step; call: Call; give: (step: Step, value: string) => void }): JSX.Element | null {
  if (step.answers.length === 0) return null;
  const blocked = link.value !== 'open' || !ownsRecord(call) || (call.read_only ?? false);
  return (
    <div class="script-answers" role="group" aria-label={t().script.answers(step.title)}>
      {step.answers.map((one) => (
        <button
          key={one.value}
          type="button"
          class="button small"
          aria-pressed={one.value === step.answer}
          disabled={blocked}
          onClick={() => give(step, one.value === step.answer ? '' : one.value)}
        >
          {one.value === step.answer && <Icon name="check" size={16} />}
          {one.label}
        </button>
      ))}
    </div>
  );
}
