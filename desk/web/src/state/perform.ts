import { Refused } from '../api/client';
import { agent, call, campaign, commands, why } from './app';
import { ownsRecord, type Action } from './actions';
import { explainRefusal, openCallback } from './callback';
import { workable } from './line';
import { dialog, keypadOpen } from './view';
import { unsent } from './notes';

/** finish marks the call done, with what is still being typed. */
export async function finish(stop: boolean): Promise<void> {
  const of = call.value;
  if (!of || why(stop ? 'done-and-stop' : 'done')) return;
  const done = await commands.done(stop, ownsRecord(of) ? unsent(of.id) : undefined, (error) => {
    if (!(error instanceof Refused) || call.value?.id !== of.id) return false;
    if (error.code === 'invalid_callback' && of.callback) explainRefusal(error.problem.verdict);
    else if (error.code === 'callback_required') openCallback();
    else return false;
    return error.code === 'invalid_callback'; // the dialog says it all
  });
  if (done) keypadOpen.value = false;
}

/** toggleReady goes ready, or not ready without a reason. */
export function toggleReady(): void {
  const me = agent.value;
  if (!me) return;
  if (me.state === 'ready') void commands.notReady('');
  else if (workable.value) void commands.ready();
}

/** perform does what a key stands for, if it is possible now. */
export function perform(action: Action): boolean {
  switch (action) {
    case 'help':
      dialog.value = { kind: 'keys' };
      return true;
    case 'settings':
      dialog.value = { kind: 'settings' };
      return true;
    case 'book':
      dialog.value = { kind: 'book' };
      return true;
    case 'undo':
      return click('.undo:not(:has(~ .undo)) > [data-action="undo"]'); // the newest
    case 'ready':
      toggleReady();
      return true;
    case 'get-record':
      return click('[data-action="get-record"]:not([aria-disabled])');
    case 'note':
      return focus('#note');
    case 'history':
      return focus('#history');
    case 'script':
      return focus('.script-step .script-answers button:not(:disabled)') || focus('#script-step');
    case 'mail':
      return click('.messages [data-channel="email"]');
    case 'accept':
      return click('[data-action="accept"][data-tone="good"]:not([aria-disabled])'); // of several numbers the one that is to be called
    case 'hold': {
      const now: Action = call.value?.state === 'held' ? 'resume' : 'hold';
      return click(`[data-action="${now}"]:not([aria-disabled])`);
    }
    default:
      return click(`[data-action="${action}"]:not([aria-disabled])`);
  }
}

/** choose chooses the n-th disposition, beginning with 1. */
export function choose(n: number): boolean {
  const of = call.value;
  const disposition = campaign.value?.dispositions[n - 1];
  if (!of || !disposition || !ownsRecord(of)) return false;
  void commands.disposition(disposition.code === of.disposition ? '' : disposition.code);
  return true;
}

// A key does what the button does that it stands on, so that the two can never differ.
function click(selector: string): boolean {
  const button = document.querySelector<HTMLElement>(selector);
  button?.click();
  return button !== null;
}

function focus(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null;
}
