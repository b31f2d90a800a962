/** A thing that is asked for again and again while somebody looks. */
export interface Poll {
  /** Asks at once, because something was done that changes the answer. */
  now(): void;
  /** Asks in a moment: what changes many times in it is asked for once. */
  soon(): void;
  stop(): void;
}

const soonMs = 250;

/**
 * poll reads every so many milliseconds after the last answer, one at a time, as long as it is wanted: after that only when it is told to. A page
 * that nobody sees asks for nothing.
 */
export function poll(everyMs: number, read: (signal: AbortSignal) => Promise<void>, trouble: (error: unknown) => void, wanted: () => boolean = () => true): Poll {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let moment: ReturnType<typeof setTimeout> | undefined;
  let reading: AbortController | undefined;

  async function once(): Promise<void> {
    clearTimeout(timer);
    clearTimeout(moment);
    moment = undefined;
    reading?.abort();
    const { signal } = (reading = new AbortController());
    try {
      await read(signal);
    } catch (error) {
      if (!signal.aborted) trouble(error);
    }
    if (!stopped && !signal.aborted && !document.hidden && wanted()) timer = setTimeout(() => void once(), everyMs);
  }

  const seen = () => {
    if (document.hidden) clearTimeout(timer);
    else void once();
  };
  document.addEventListener('visibilitychange', seen);
  void once();
  return {
    now: () => void once(),
    soon: () => {
      if (!stopped && !document.hidden) moment ??= setTimeout(() => void once(), soonMs);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(moment);
      reading?.abort();
      document.removeEventListener('visibilitychange', seen);
    },
  };
}
