/** How the connection to the server is. */
export type Link = 'connecting' | 'open' | 'lost';

/** What the messages of all streams have; a stream is gone on with at a place in it. */
interface Numbered {
  kind: string;
  stream?: string;
  seq: number;
}

interface Options<E extends Numbered> {
  /** Where the stream is. */
  path: string;
  /** Whether somebody else looks whether the server is there, and stops and starts this stream. */
  followed?: boolean;
  onEvent(event: E): void;
  onLink(link: Link): void;
  onSignedOut(): void;
}

/** The session has ended; see the API's documentation of the event stream. */
const closeSignedOut = 4001;

/** Longest pause between attempts: the page is to be back within 3 s of the network's return. */
const longestPause = 2000;
/** How often the server is asked whether it is there, and how long it may take: a network that swallows everything closes nothing. */
const heartbeatMs = 4000;
const heartbeatLimit = 2500;

/** pauseBefore is how long to wait before the n-th attempt in a row, with jitter, so that not all pages come at once after a restart. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  if (attempt === 0) return 0;
  return Math.min(250 * 2 ** (attempt - 1), longestPause) * (0.5 + random() / 2);
}

/** Stream reads the event stream, and goes on where it was after each break. */
export class Stream<E extends Numbered> {
  private socket?: WebSocket;
  private attempt = 0;
  private timer?: ReturnType<typeof setTimeout>;
  private heartbeat?: ReturnType<typeof setInterval>;
  private stream = '';
  private seq = 0;
  private ended = false;

  constructor(private readonly options: Options<E>) {}

  start(): void {
    this.ended = false;
    if (!this.options.followed) {
      addEventListener('online', this.hurry);
      addEventListener('offline', this.offline);
      this.heartbeat = setInterval(() => void this.beat(), heartbeatMs);
    }
    this.connect();
  }

  stop(): void {
    this.ended = true;
    removeEventListener('online', this.hurry);
    removeEventListener('offline', this.offline);
    clearInterval(this.heartbeat);
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }

  /** Forgets where it was: the next start begins with everything. */
  forget(): void {
    this.stream = '';
    this.seq = 0;
  }

  /** Looks at once whether the server is still there, because something else noticed trouble. */
  suspect(): void {
    void this.beat();
  }

  private connect(): void {
    const address = new URL(this.options.path, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    if (this.stream) {
      address.searchParams.set('stream', this.stream);
      address.searchParams.set('since', String(this.seq));
    }
    const socket = new WebSocket(address, 'hasshin.events.v1');
    this.socket = socket;
    socket.onmessage = (message) => {
      if (this.socket !== socket) return;
      const event = JSON.parse(message.data as string) as E;
      if (event.kind === 'snapshot' || event.kind === 'resumed') {
        this.stream = event.stream ?? '';
        this.attempt = 0;
        this.options.onLink('open');
      }
      this.seq = event.seq;
      this.options.onEvent(event);
    };
    socket.onclose = (close) => {
      if (this.socket === socket) this.lost(close.code);
    };
  }

  private lost(code: number): void {
    this.socket = undefined;
    if (this.ended) return;
    if (code === closeSignedOut) {
      this.options.onSignedOut();
      return;
    }
    this.options.onLink('lost');
    clearTimeout(this.timer);
    this.attempt++;
    this.timer = setTimeout(() => this.retry(), pauseBefore(this.attempt));
  }

  /** A refused upgrade does not tell a page why; an ordinary request does. */
  private async retry(): Promise<void> {
    try {
      const answer = await fetch('/api/v1/session', { signal: AbortSignal.timeout(heartbeatLimit) });
      if (this.ended || this.socket) return;
      if (answer.status === 401) this.options.onSignedOut();
      else if (answer.ok) this.connect();
      else this.lost(0);
    } catch {
      if (!this.ended && !this.socket) this.lost(0);
    }
  }

  private hurry = () => {
    if (this.socket) {
      this.suspect();
      return;
    }
    clearTimeout(this.timer);
    this.attempt = 0;
    void this.retry();
  };

  private offline = () => this.drop();

  private async beat(): Promise<void> {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    try {
      await fetch('/healthz', { signal: AbortSignal.timeout(heartbeatLimit), cache: 'no-store' });
    } catch {
      if (this.socket === socket) this.drop();
    }
  }

  /** Gives a connection up without waiting for its end, which may take minutes to be noticed. */
  private drop(): void {
    const socket = this.socket;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.lost(1006);
  }
}
