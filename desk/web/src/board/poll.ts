/**
 * poll reads at once, and again every so many milliseconds after the last answer, until it is told to stop, which it answers how to do. A page that nobody sees
 * asks for nothing.
 */
export function poll(everyMs: number, read: (signal: AbortSignal) => Promise<void>, trouble: (error: unknown) => void): () => void {
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
  return () => {
    stopped = true;
    clearTimeout(timer);
    reading?.abort();
    document.removeEventListener('visibilitychange', seen);
  };
}
