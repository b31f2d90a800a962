import type { LiveCall, Wallboard } from '../api/types';
import { client } from '../state/app';

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

/** How often the figures are asked for. A page that nobody sees asks for nothing. */
const everyMs = 2000;

/** watch gives the sink figures until it is told to stop. */
export function watch(sink: Sink): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: AbortController | undefined;

  async function read(): Promise<void> {
    clearTimeout(timer);
    reading?.abort();
    const { signal } = (reading = new AbortController());
    try {
      const [board, live] = await Promise.all([
        client.send('GET /api/v1/wallboard', { signal }),
        client.send('GET /api/v1/live-calls', { signal }).catch(refusedMeansNone),
      ]);
      if (!signal.aborted) sink.figures({ board, calls: live.calls });
    } catch (error) {
      if (!signal.aborted) sink.trouble(error);
    }
    if (!stopped && !signal.aborted && !document.hidden) timer = setTimeout(() => void read(), everyMs);
  }

  const seen = () => {
    if (document.hidden) clearTimeout(timer);
    else void read();
  };
  document.addEventListener('visibilitychange', seen);
  hurry = () => void read();
  void read();
  return () => {
    stopped = true;
    clearTimeout(timer);
    reading?.abort();
    hurry = () => {};
    document.removeEventListener('visibilitychange', seen);
  };
}

/** Reads the figures at once, because something was done that changes them. */
export let hurry = (): void => {};

/** Somebody may see the wallboard but be allowed nothing with calls. */
function refusedMeansNone(error: unknown): { calls: LiveCall[] } {
  if (error instanceof Error && 'code' in error && error.code === 'forbidden') return { calls: [] };
  throw error;
}
