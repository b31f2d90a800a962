/**
 * ServerClock tells the server's time. Each message says when it happened by the server's clock and took some time to get here, so the
 * largest difference seen lately is the best: it belongs to the quickest message.
 */
export class ServerClock {
  private samples: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** Takes note of a message that just came. One that waited somewhere (what was missed in a break) must not be told. */
  heard(at: string): void {
    const time = Date.parse(at);
    if (Number.isNaN(time)) return;
    this.samples.push(time - this.now());
    if (this.samples.length > 32) this.samples.shift();
  }

  get time(): number {
    return this.now() + (this.samples.length > 0 ? Math.max(...this.samples) : 0);
  }

  /** Forgets what was heard, as after sleep, when this machine's clock may have been set anew. */
  reset(): void {
    this.samples = [];
  }
}

/** elapsed is a length of time as people read it: 0:07, 12:34, 1:02:03. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
