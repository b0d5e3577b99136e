import { request as httpRequest } from 'node:http';
import { GivreError, messageOf } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';

/** One whole answer. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Sent → last byte received. */
  readonly tookMs: number;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 90_000;

/** As any client asks, on a connection of its own. Paths are sent as they are. A connection that is dropped has status 0. */
export function exchangeByHttp(url: string, { method, path, headers, body, signal }: Exchange): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, method, path, headers: { ...headers, ...lengthOf(body) }, agent: false };
    const sent = httpRequest({ ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', () => resolve(dropped(begun)));
      response.once('end', () => {
        const found = Object.entries(response.headersDistinct).map(
          ([name, values]) => [name, values?.join(', ') ?? ''] as const,
        );
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: new Map(found),
          body: text,
          tookMs: performance.now() - begun,
        });
      });
    });
    sent.on('error', () => (signal.aborted ? reject(signal.reason) : resolve(dropped(begun))));
    sent.end(body);
  });
}

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
}

function dropped(begun: number): Answer {
  return { status: 0, headers: new Map(), body: '', tookMs: performance.now() - begun };
}

/** The request comes from standard input, because its password must stand in no process list. */
const SCRIPT = 'exec 3<>/dev/tcp/127.0.0.1/$0 && cat >&3 && cat <&3';

/** On the machine itself, for a port that is open nowhere else; spoken in bash, as the machine has no HTTP client. */
export async function exchangeOnMachine(host: Host, port: number, asked: Exchange): Promise<Answer> {
  const { method, path, body = '', signal } = asked;
  const fields = { ...asked.headers, Host: `127.0.0.1:${port}`, Connection: 'close', ...lengthOf(asked.body) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const input = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
  const begun = performance.now();
  const argv = ['bash', '-c', SCRIPT, String(port)];
  const { stdout, exitCode, stderr } = await host.exec(argv, { input, signal, timeoutMs: TIMEOUT_MS });
  if (exitCode !== 0) {
    const message = `port ${port} of ${host.name} cannot be asked`;
    throw new GivreError({ code: 'E_PROVIDER_UNREACHABLE', message, hint: stderr.trim() });
  }
  try {
    return { ...parseAnswer(stdout), tookMs: performance.now() - begun };
  } catch (error) {
    const message = `what port ${port} of ${host.name} answered to ${method} ${path} is no HTTP: ${messageOf(error)}`;
    throw new GivreError({ code: 'E_PROVIDER_FORMAT', message, cause: error });
  }
}

/** RFC 9112, as far as an answer needs it whose connection is closed after it. */
function parseAnswer(text: string): Omit<Answer, 'tookMs'> {
  if (text === '') return { status: 0, headers: new Map(), body: '' };
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
  if (end < 0 || Number.isNaN(status)) throw new Error(`it begins with "${text.slice(0, 60)}"`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const rest = text.slice(end + 4);
  return { status, headers, body: headers.get('transfer-encoding') === 'chunked' ? joinChunks(rest) : rest };
}

function joinChunks(text: string): string {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, Math.max(end, at)), 16);
    if (!(size > 0)) return Buffer.concat(chunks).toString('utf8');
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
