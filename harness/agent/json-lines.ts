import { createInterface } from 'node:readline';
import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import type { Channel } from '../core/host.ts';

/** How much of a dying program's last words goes into the error. */
const LAST_WORDS_BYTES = 2_000;
/** How long a program may take to end once its standard input is closed. */
const CLOSE_MS = 5_000;

const answerSchema = z.union([
  z.object({ id: z.int(), error: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ id: z.int(), result: z.unknown() }),
]);

/** A program on the other end that answers JSON lines: `{id, method, params}` → `{id, result}` or `{id, error}`. */
export interface JsonLines {
  /**
   * @throws GivreError `E_AGENT_<CODE>` with the program's own code and sentence; `E_AGENT_SILENT` past the deadline;
   * `E_AGENT_DIED`; `E_AGENT_GARBLED` when what came is not the protocol. The signal's reason when aborted.
   */
  request<T>(method: string, params: object, schema: z.ZodType<T>, deadlineMs: number): Promise<T>;
  /** Closes the program's standard input and waits for its end. Calls that are under way are rejected. */
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** `name` is for messages: "the agent on container givre-…". */
export function connectJsonLines(channel: Channel, name: string, signal: AbortSignal): JsonLines {
  const calls = callsTo(name);
  const gone = listen(channel, name, signal, calls);
  return {
    async request(method, params, schema, deadlineMs) {
      const result = await calls.make({ method, params }, deadlineMs, (line) => channel.stdin.write(line));
      const checked = schema.safeParse(result);
      if (checked.success) return checked.data;
      throw new GivreError({
        code: 'E_AGENT_GARBLED',
        message: `${name} answered ${method} in an unexpected shape`,
        hint: z.prettifyError(checked.error),
      });
    },
    async close() {
      channel.stdin.end();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(silence(name, 'the end of its input', CLOSE_MS)), CLOSE_MS);
      });
      await Promise.race([gone, late]).finally(() => clearTimeout(timer));
    },
  };
}

/** Hands on what the program says, until it or the signal ends; the promise is kept when the program is gone. */
function listen(channel: Channel, name: string, signal: AbortSignal, calls: Calls): Promise<void> {
  let lastWords = '';
  const abort = (): void => {
    calls.end(signal.reason);
    channel.stdin.end();
  };
  createInterface({ input: channel.stdout })
    .on('line', calls.receive)
    // It passes on its input's errors; the program's end, which follows, is reported by `exited`.
    .on('error', () => {});
  channel.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_BYTES);
  });
  // A write to a program that has died: its death is reported by `exited`, with more to say.
  channel.stdin.on('error', () => {});
  const gone = channel.exited.then((code) => {
    signal.removeEventListener('abort', abort);
    calls.end(death(name, code, lastWords));
  });
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return gone;
}

interface Call {
  readonly method: string;
  readonly params: object;
}

/** Requests that wait for their answers, by their ids. */
interface Calls {
  make(call: Call, deadlineMs: number, write: (line: string) => void): Promise<unknown>;
  receive(line: string): void;
  /** Rejects what waits, and all that is asked for later; the first reason stands. */
  end(reason: unknown): void;
}

function callsTo(name: string): Calls {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let ended: { readonly reason: unknown } | undefined;

  const end = (reason: unknown): void => {
    ended ??= { reason };
    for (const { reject } of pending.values()) reject(reason);
    pending.clear();
  };
  return {
    end,
    async make({ method, params }, deadlineMs, write) {
      if (ended !== undefined) throw ended.reason;
      const id = nextId++;
      return await new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(silence(name, method, deadlineMs));
        }, deadlineMs);
        pending.set(id, inTime(timer, { resolve, reject }));
        write(`${JSON.stringify({ id, method, params })}\n`);
      });
    },
    receive(line) {
      const parsed = parseLine(line);
      if ('garbage' in parsed) {
        end(garbled(name, line, parsed.garbage));
        return;
      }
      const { answer } = parsed;
      const waiting = pending.get(answer.id);
      // Nobody waits for it any more: its call has passed its deadline.
      if (waiting === undefined) return;
      pending.delete(answer.id);
      if ('error' in answer) waiting.reject(refusal(name, answer.error));
      else waiting.resolve(answer.result);
    },
  };
}

/** Stops the timer of the deadline, whichever way it ends. */
function inTime(timer: NodeJS.Timeout, { resolve, reject }: Pending): Pending {
  const settle = <A>(done: (argument: A) => void) => {
    return (argument: A): void => {
      clearTimeout(timer);
      done(argument);
    };
  };
  return { resolve: settle(resolve), reject: settle(reject) };
}

function garbled(name: string, line: string, cause: unknown): GivreError {
  return new GivreError({
    code: 'E_AGENT_GARBLED',
    message: `${name} said something that is not its protocol: ${line.slice(0, 200)}`,
    hint: 'Harness and agent may be of different versions: build the machine image again.',
    cause,
  });
}

function parseLine(line: string): { answer: z.infer<typeof answerSchema> } | { garbage: unknown } {
  try {
    return { answer: answerSchema.parse(JSON.parse(line)) };
  } catch (garbage) {
    return { garbage };
  }
}

function refusal(name: string, { code, message }: { code: string; message: string }): GivreError {
  return new GivreError({ code: `E_AGENT_${code.toUpperCase()}`, message: `${name}: ${message}` });
}

function silence(name: string, what: string, deadlineMs: number): GivreError {
  return new GivreError({ code: 'E_AGENT_SILENT', message: `${name} did not answer ${what} within ${deadlineMs} ms` });
}

function death(name: string, code: number, lastWords: string): GivreError {
  return new GivreError({
    code: 'E_AGENT_DIED',
    message: `${name} ended with exit code ${code}`,
    hint: lastWords.trim() === '' ? undefined : `Its last words: ${lastWords.trim()}`,
  });
}
