import type { LiveCall, Wallboard } from '../api/types';
import { client } from '../state/app';
import { poll } from './poll';

// Where the figures come from, and the only place that knows: the wallboard and the calls that are going on are asked for again and again while
// somebody looks. Whoever has them come by themselves changes this file.

export interface Figures {
  board: Wallboard;
  calls: readonly LiveCall[];
}

export interface Sink {
  figures(figures: Figures): void;
  /** They could not be had; what was shown last is getting old. */
  trouble(error: unknown): void;
}

/** How often the figures are asked for. */
const everyMs = 2000;

/** watch gives the sink figures until it is told to stop. */
export function watch(sink: Sink): () => void {
  const asking = poll(everyMs, async (signal) => {
    const [board, live] = await Promise.all([
      client.send('GET /api/v1/wallboard', { signal }),
      client.send('GET /api/v1/live-calls', { signal }).catch(refusedMeansNone),
    ]);
    if (!signal.aborted) sink.figures({ board, calls: live.calls });
  }, sink.trouble);
  hurry = asking.now;
  return () => {
    hurry = () => {};
    asking.stop();
  };
}

/** Reads the figures at once, because something was done that changes them. */
export let hurry = (): void => {};

/** Somebody may see the wallboard but be allowed nothing with calls. */
function refusedMeansNone(error: unknown): { calls: LiveCall[] } {
  if (error instanceof Error && 'code' in error && error.code === 'forbidden') return { calls: [] };
  throw error;
}
