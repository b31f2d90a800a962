/** A thing that is asked for again and again while somebody looks. */
export interface Poll {
  /** Asks at once, because something was done that changes the answer. */
  now(): void;
  stop(): void;
}

/** poll reads every so many milliseconds after the last answer, one at a time. A page that nobody sees asks for nothing. */
export function poll(everyMs: number, read: (signal: AbortSignal) => Promise<void>, trouble: (error: unknown) => void): Poll {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: AbortController | undefined;

  async function once(): Promise<void> {
    clearTimeout(timer);
    reading?.abort();
    const { signal } = (reading = new AbortController());
    try {
      await read(signal);
    } catch (error) {
      if (!signal.aborted) trouble(error);
    }
    if (!stopped && !signal.aborted && !document.hidden) timer = setTimeout(() => void once(), everyMs);
  }

  const seen = () => {
    if (document.hidden) clearTimeout(timer);
    else void once();
  };
  document.addEventListener('visibilitychange', seen);
  void once();
  return {
    now: () => void once(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      reading?.abort();
      document.removeEventListener('visibilitychange', seen);
    },
  };
}
