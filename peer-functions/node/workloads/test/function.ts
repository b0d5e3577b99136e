import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

export const main = join(import.meta.dirname, '../src/main.ts');

export const plain = 'text/plain; charset=utf-8';

/** How long anything may take before a test gives up. */
export const patienceMs = 30_000;

export interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly exitCode: Promise<number | null>;
}

export interface Answer {
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly chunked?: boolean;
  readonly encoding?: BufferEncoding;
}

/** Runs a function as a process of its own until the test's end, and waits until it takes connections. */
export async function start(
  t: TestContext,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exitCode = once(child, 'exit').then(([code]) => code);
  t.after(() => child.kill('SIGKILL'));
  for (const deadline = Date.now() + patienceMs; !(await accepts(port)); await sleep(20)) {
    assert.ok(Date.now() < deadline, 'the function does not listen');
  }
  return { process: child, port, exitCode };
}

let portsGiven = 0;

/**
 * Given out once. The kernel takes the ports of connections from 32768 on, so that none of them can take this one before
 * it is listened on; the other files of tests, which run at the same time, begin at other ones.
 */
async function freePort(): Promise<number> {
  const port = 10_000 + ((process.pid * 101 + portsGiven++) % 20_000);
  return (await accepts(port)) ? freePort() : port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function ask({ port }: Running, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body = '', chunked = false, encoding = 'utf8' } = options;
  const framing = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': Buffer.byteLength(body) };
  const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...framing }, agent: false });
  sent.setTimeout(patienceMs, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
  sent.end(body);
  const [response] = await once(sent, 'response');
  // A function that answers before it has read everything ends the connection under what is still being sent.
  sent.on('error', () => {});
  let text = '';
  for await (const piece of response.setEncoding(encoding)) text += piece;
  return { status: response.statusCode, contentType: response.headers['content-type'], body: text };
}

/** Sends a body once with its length and once chunked, and insists on the same answer. */
export async function post(fn: Running, path: string, body: string | Uint8Array): Promise<Answer> {
  const whole = await ask(fn, { method: 'POST', path, body });
  assert.deepEqual(await ask(fn, { method: 'POST', path, body, chunked: true }), whole);
  return whole;
}

export function assertText(answer: Answer, text: string): void {
  assert.deepEqual(answer, { status: 200, contentType: plain, body: text });
}

export function assertJson({ status, contentType, body }: Answer, value: unknown): void {
  assert.equal(status, 200, body);
  assert.match(contentType ?? '', /^application\/json(; charset=utf-8)?$/);
  assert.deepEqual(JSON.parse(body), value);
}

/** One sentence, a line of its own, with the word in it. */
export function assertRefused({ status, contentType, body }: Answer, expected: number, word = ''): void {
  assert.deepEqual({ status, contentType }, { status: expected, contentType: plain }, body);
  assert.match(body, /^[A-Z][^\n]*\.\n$/);
  assert.ok(body.includes(word), `${body} names no ${word}`);
}
