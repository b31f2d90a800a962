import { Stream, type Link } from '../api/events';
import type { BoardEvent, LiveCall } from '../api/types';
import { client } from '../state/app';
import { poll, type Poll } from './poll';

// Where the figures come from, and the only place that knows. Agents and campaigns come as events, each when it changes. The calls that are going on
// are in no stream: they are read when an agent's call may have begun or ended, and again and again as long as there are any.

export interface Sink {
  /** Something has changed, or everything is told anew. It answers whether an agent's call began or ended. */
  event(event: BoardEvent): boolean;
  calls(calls: readonly LiveCall[]): void;
  /** Whether the figures are those of this moment. */
  link(link: Link): void;
  /** The calls could not be had. */
  trouble(error: unknown): void;
  /** Whether any agent has a call. */
  busy(): boolean;
}

/** How often calls are read while there are any: an agent's state does not tell that one is held. */
const callsMs = 2000;

let sink: Sink | undefined;
let calls: Poll | undefined;

const stream = new Stream<BoardEvent>({
  path: '/api/v1/wallboard/events',
  followed: true,
  onEvent: (event) => sink?.event(event) && calls?.soon(),
  onLink: (link) => sink?.link(link),
  onSignedOut: () => {}, // the page's own stream hears of it, too
});

/** watch gives somebody figures until it is told to stop. The next time it goes on where it was. */
export function watch(to: Sink): () => void {
  sink = to;
  calls = poll(callsMs, async (signal) => {
    const live = await client.send('GET /api/v1/live-calls', { signal }).catch(refusedMeansNone);
    if (!signal.aborted) to.calls(live.calls);
  }, to.trouble, to.busy);
  stream.start();
  return () => {
    stream.stop();
    calls?.stop();
    calls = sink = undefined;
  };
}

/** Whoever watches next sees other figures. */
export function forget(): void {
  stream.forget();
}

/** Reads the calls at once, because something was done that changes them. */
export function hurry(): void {
  calls?.now();
}

/** Somebody may see the wallboard but be allowed nothing with calls. */
function refusedMeansNone(error: unknown): { calls: LiveCall[] } {
  if (error instanceof Error && 'code' in error && error.code === 'forbidden') return { calls: [] };
  throw error;
}
