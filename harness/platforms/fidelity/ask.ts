import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../core/host.ts';
import type { Installation } from '../../core/platform.ts';
import { poll } from '../../core/poll.ts';
import { type Answer, exchangeByHttp, exchangeOnMachine } from './exchange.ts';
import { said } from './said.ts';
import { isQuestion, type Preparation, type Question, type Step } from './steps.ts';

interface Asking {
  readonly installation: Installation;
  readonly host: Host;
  /** Of a function that answers with method, path and body; `IGNORE_TERM` in its environment makes it stay. */
  readonly image: string;
  /** Those that take half a minute, too. */
  readonly slow: boolean;
  readonly signal: AbortSignal;
}

/** Question's id → what the platform said. */
export type Answers = ReadonlyMap<string, string>;

const PROVIDER_PORT = 8081;
const FUNCTION_DEADLINE_MS = 15_000;

/** Asks everything, one after the other, on a platform on which nothing was deployed before. */
export async function askAll(steps: readonly Step[], asking: Asking): Promise<Answers> {
  const answers = new Map<string, string>();
  for (const step of steps) {
    if (step.slow && !asking.slow) continue;
    asking.signal.throwIfAborted();
    if (isQuestion(step)) answers.set(step.id, said(step, await ask(step, asking)));
    else await prepare(step, asking);
  }
  return answers;
}

async function ask(question: Question, { installation, host, image, signal }: Asking): Promise<Answer> {
  const { method, headers = {} } = question;
  const path = question.path.replace('NOW', new Date().toISOString());
  const authorized = { ...headers, ...authorization(question, installation) };
  const exchange = { method, path, headers: authorized, body: question.body?.replace('IMAGE', image), signal };
  return question.at === 'gateway'
    ? await exchangeByHttp(installation.gatewayUrl, exchange)
    : await exchangeOnMachine(host, PROVIDER_PORT, exchange);
}

function authorization(
  { credentials }: Pick<Question, 'credentials'>,
  installation: Installation,
): Record<string, string> {
  if (credentials === 'none') return {};
  const { user, password } = installation.credentials;
  const given = credentials === 'right' ? password : 'not-the-one';
  return { Authorization: `Basic ${Buffer.from(`${user}:${given}`).toString('base64')}` };
}

async function prepare(step: Preparation, asking: Asking): Promise<void> {
  const { installation, signal } = asking;
  const change = (path: string, body: object): Promise<Answer> => {
    const headers = authorization({ credentials: 'right' }, installation);
    return exchangeByHttp(installation.gatewayUrl, {
      method: 'DELETE',
      path,
      headers,
      body: JSON.stringify(body),
      signal,
    });
  };
  if ('waitMs' in step) await sleep(step.waitMs, undefined, { signal });
  else if ('remove' in step) await change('/system/functions', { functionName: step.remove });
  else if ('forgetSecret' in step) await change('/system/secrets', { name: step.forgetSecret });
  else await untilAnswers(step.untilAnswers, asking);
}

async function untilAnswers(name: string, { installation, signal }: Asking): Promise<void> {
  const exchange = { method: 'GET', path: `/function/${name}`, headers: {}, body: undefined, signal };
  await poll(
    async () => {
      const { status } = await exchangeByHttp(installation.gatewayUrl, exchange);
      return status === 200 ? { done: true, value: undefined } : { done: false, seen: `status ${status}` };
    },
    { what: `${name} to answer`, deadlineMs: FUNCTION_DEADLINE_MS, signal },
  );
}
