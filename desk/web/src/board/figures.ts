import { Stream, type Link } from '../api/events';
import type { BoardEvent } from '../api/types';

// Where the figures come from, and the only place that knows: agents, calls and campaigns come as events, each when it changes. Nothing is asked for.

export interface Sink {
  /** Something has changed, or everything is told anew. */
  event(event: BoardEvent): void;
  /** Whether the figures are those of this moment. */
  link(link: Link): void;
}

let sink: Sink | undefined;

const stream = new Stream<BoardEvent>({
  path: '/api/v1/wallboard/events',
  followed: true,
  onEvent: (event) => sink?.event(event),
  onLink: (link) => sink?.link(link),
  onSignedOut: () => {}, // the page's own stream hears of it, too
});

/** watch gives somebody figures until it is told to stop. The next time it goes on where it was. */
export function watch(to: Sink): () => void {
  sink = to;
  stream.start();
  return () => {
    stream.stop();
    sink = undefined;
  };
}

/** Whoever watches next sees other figures. */
export function forget(): void {
  stream.forget();
}
