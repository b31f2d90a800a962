// Where letters and webhooks arrive in the tests: a mail server that speaks as much SMTP (RFC 5321) as it takes, and a program that checks signatures.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';

/** mailServer takes letters. */
export async function mailServer(port) {
  const letters = [];
  const server = createServer((socket) => {
    let rest = '';
    let to = '';
    let data;
    const say = (line) => socket.write(`${line}\r\n`);
    const one = (line) => {
      if (data !== undefined) {
        if (line !== '.') {
          data += `${line.startsWith('.') ? line.slice(1) : line}\r\n`;
          return;
        }
        letters.push({ to, data });
        data = undefined;
        say('250 taken');
        return;
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO' || verb === 'HELO') say('250 mail.test');
      else if (verb === 'RCPT') {
        to = /<([^>]*)>/.exec(line)?.[1] ?? '';
        say('250 ok');
      } else if (verb === 'DATA') {
        data = '';
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say('250 ok');
    };
    socket.unref();
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      rest += text;
      for (let end; (end = rest.indexOf('\r\n')) >= 0; ) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        one(line);
      }
    });
    socket.on('error', () => socket.destroy());
    say('220 mail.test');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.unref(); // whatever became of the tests, they do not wait for letters
  return { letters, close: () => server.close() };
}

/** hookServer takes webhooks, and notes for each whether its signature is right. */
export async function hookServer(port, secret) {
  const requests = [];
  const server = createHttp(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const want = Buffer.from(`sha256=${createHmac('sha256', secret).update(`${request.headers['hasshin-timestamp']}.${body}`).digest('hex')}`);
    const got = Buffer.from(String(request.headers['hasshin-signature']));
    requests.push({ url: request.url, body: JSON.parse(body), signed: got.length === want.length && timingSafeEqual(got, want) });
    response.writeHead(204).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return { requests, close: () => server.close() };
}
