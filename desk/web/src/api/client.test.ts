import { describe, expect, it } from 'vitest';
import { Client, Refused, Unanswered, type Surroundings } from './client';

/** A server that answers as told, and remembers what it was asked. */
function server(...answers: (Response | Error)[]) {
  const asked: { address: string; key: string | null; method: string; body: unknown }[] = [];
  let time = 0;
  let keys = 0;
  const around: Surroundings = {
    fetch: async (address, init) => {
      asked.push({ address: String(address), key: new Headers(init?.headers).get('Idempotency-Key'), method: init?.method ?? '', body: init?.body });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return answer.clone();
    },
    pause: async (ms) => {
      time += ms;
    },
    key: () => `key-${++keys}`,
    now: () => time,
  };
  return { client: new Client(around), asked, elapsed: () => time };
}

const problem = (status: number, code: string, more = {}) =>
  new Response(JSON.stringify({ code, title: code, status, type: '', ...more }), { status, headers: { 'Content-Type': 'application/problem+json' } });
const ok = () => new Response('{"id":"c1"}', { status: 200, headers: { 'Content-Type': 'application/json' } });

describe('a command', () => {
  it('keeps its key through lost answers, so that it is done once', async () => {
    const s = server(new TypeError('network'), new TypeError('network'), ok());
    await s.client.send('POST /api/v1/calls/{id}/hold', { path: { id: 'c 1' } });
    expect(s.asked.map((a) => a.key)).toEqual(['"key-1"', '"key-1"', '"key-1"']);
    expect(s.asked[0]!.address).toBe('/api/v1/calls/c%201/hold');
  });

  it('has a key of its own each time', async () => {
    const s = server(ok());
    await s.client.send('POST /api/v1/calls/{id}/hold', { path: { id: 'c1' } });
    await s.client.send('POST /api/v1/calls/{id}/hold', { path: { id: 'c1' } });
    expect(s.asked.map((a) => a.key)).toEqual(['"key-1"', '"key-2"']);
  });

  it('waits for the first one that is still being worked on', async () => {
    const s = server(problem(409, 'idempotency_in_flight', { retry_after: 1 }), ok());
    await s.client.send('POST /api/v1/calls/{id}/end', { path: { id: 'c1' } });
    expect(s.asked).toHaveLength(2);
    expect(s.elapsed()).toBe(1000);
  });

  it('is not repeated when it was refused', async () => {
    const s = server(problem(409, 'wrong_state'));
    await expect(s.client.send('POST /api/v1/calls/{id}/end', { path: { id: 'c1' } })).rejects.toBeInstanceOf(Refused);
    expect(s.asked).toHaveLength(1);
  });

  it('is given up after a minute without an answer', async () => {
    const s = server(new TypeError('network'));
    await expect(s.client.send('POST /api/v1/agent/ready')).rejects.toBeInstanceOf(Unanswered);
    expect(s.elapsed()).toBeGreaterThan(50_000);
    expect(s.elapsed()).toBeLessThanOrEqual(60_000);
  });

  it('tells when the session has ended', async () => {
    const s = server(problem(401, 'unauthenticated'));
    let told = 0;
    s.client.onSignedOut = () => told++;
    await expect(s.client.send('GET /api/v1/agent')).rejects.toThrow();
    expect(told).toBe(1);
  });

  it('understands an answer that is not of hasshin', async () => {
    const s = server(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }));
    await expect(s.client.send('GET /api/v1/agent')).rejects.toMatchObject({ problem: { code: 'http_502', title: 'Bad Gateway' } });
  });
});
