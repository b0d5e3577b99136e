import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { drainBody } from './body.ts';
import { Problem, tooLarge } from './problem.ts';
import { type Answer, type Body, plainText } from './workload.ts';

// How long a client that is still sending has to read the answer, before the connection ends.
const lingerMs = 500;

export function send(response: ServerResponse, { status = 200, contentType, body }: Answer): void {
  // With the length given, the answer leaves in one piece instead of as a chunked one.
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** Answers with a problem once the client has sent all of its body: many clients read nothing before that. */
export async function refuse(response: ServerResponse, body: Body, error: unknown): Promise<void> {
  if (await drainBody(body)) return send(response, problemAnswer(error));
  const { message } = tooLarge();
  response.writeHead(413, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.write(`${message}\n`);
  // An end at once would reset the connection under a client that is still sending, and the answer would be lost.
  body.source.resume();
  await sleep(lingerMs);
  response.end();
}

function problemAnswer(error: unknown): Answer {
  const { status, message } = error instanceof Problem ? error : new Problem(500, 'The function failed.');
  return plainText(`${message}\n`, status);
}
