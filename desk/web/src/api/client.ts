import type { routes } from './schema';
import type { Problem } from './types';

/** A request that the server refused, with its reason. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
  get code(): string {
    return this.problem.code;
  }
}

/** A request whose answer never came, although it was repeated. What became of it is not known. */
export class Unanswered extends Error {}

type Route = keyof routes;
type Names<P extends string> = P extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;

export type Call<R extends Route> = {
  body?: routes[R]['body'];
  query?: Record<string, string>;
  signal?: AbortSignal;
} & ([Names<R>] extends [never] ? { path?: undefined } : { path: Record<Names<R>, string> });

/** What the client needs of its surroundings; tests have their own. */
export interface Surroundings {
  fetch: typeof fetch;
  /** Waits; ends early when the network is said to be back. */
  pause(ms: number): Promise<void>;
  key(): string;
  now(): number;
}

/** How long one attempt may take: longer than a phone is rung. */
const attemptMs = 45_000;
/** How long a request is repeated while no answer comes. The server remembers keys for ten minutes at least. */
const patienceMs = 60_000;

const browser: Surroundings = {
  fetch: (...args) => fetch(...args),
  pause: (ms) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener('online', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      addEventListener('online', done);
    }),
  key: () => crypto.randomUUID(),
  now: () => Date.now(),
};

/** Speaks to the API. A command gets one idempotency key and keeps it through all its attempts, so that it is done once. */
export class Client {
  /** Called when the server no longer knows the session. */
  onSignedOut: () => void = () => {};

  constructor(private readonly around: Surroundings = browser) {}

  async send<R extends Route>(route: R, ...[call]: [Names<R>] extends [never] ? [Call<R>?] : [Call<R>]): Promise<routes[R]['answer']> {
    const [method = '', template = ''] = route.split(' ', 2);
    const names = (call?.path ?? {}) as Record<string, string>;
    let address = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
    if (call?.query) address += '?' + new URLSearchParams(call.query).toString();

    const headers: Record<string, string> = {};
    let body: string | undefined;
    if (call?.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(call.body);
    }
    if (method !== 'GET') headers['Idempotency-Key'] = `"${this.around.key()}"`;
    const answer = await this.attempts(address, { method, headers, body, credentials: 'same-origin' }, call?.signal);
    return answer as routes[R]['answer'];
  }

  private async attempts(address: string, request: RequestInit, signal?: AbortSignal): Promise<unknown> {
    const until = this.around.now() + patienceMs;
    for (let wait = 250; ; wait = Math.min(wait * 2, 4000)) {
      signal?.throwIfAborted();
      let pause = wait;
      try {
        const limit = AbortSignal.timeout(attemptMs);
        const response = await this.around.fetch(address, { ...request, signal: signal ? AbortSignal.any([signal, limit]) : limit });
        if (response.ok) return response.status === 204 ? undefined : await response.json();
        const refused = new Refused(await problemOf(response));
        if (refused.code === 'unauthenticated') this.onSignedOut();
        // Only these say that the same request may be sent again and nothing was done yet, or that it is being done.
        if (refused.code !== 'idempotency_in_flight' && refused.code !== 'shutting_down') throw refused;
        pause = (refused.problem.retry_after ?? 1) * 1000;
        if (this.around.now() + pause > until) throw refused;
      } catch (error) {
        if (error instanceof Refused || signal?.aborted) throw error;
        if (this.around.now() + pause > until) throw new Unanswered('no answer', { cause: error });
      }
      await this.around.pause(pause);
    }
  }
}

async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get('Content-Type')?.includes('json')) {
    const problem = (await response.json()) as Partial<Problem>;
    if (problem.code) return problem as Problem;
  }
  // Not from hasshin: a proxy between.
  return { type: 'about:blank', title: response.statusText, status: response.status, code: `http_${response.status}` };
}
