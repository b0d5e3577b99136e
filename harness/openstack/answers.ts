import type { z } from 'zod';
import { conceal } from '../core/conceal.ts';
import { CloudError, looksLikeHtml, messageIn, refusal, shorten, withRequestId } from './errors.ts';
import { type Answer, dateOf, requestIdOf } from './transport.ts';

/** What was asked, for messages: no query, no body. */
export interface Sent {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  /** Asking twice does no harm; otherwise a strange answer leaves us uncertain. */
  readonly repeatable: boolean;
}

/** The error for an answer without success; secrets that it quotes are blacked out. */
export function statusError(sent: Sent, answer: Answer, secrets: readonly string[]): CloudError {
  return refusal({
    service: sent.service,
    what: `${sent.method} ${sent.path}`,
    status: answer.status,
    requestId: requestIdOf(answer),
    text: conceal(answer.text, secrets),
    location: conceal(answer.header('location') ?? '', secrets) || undefined,
    hide: (words) => conceal(words, secrets),
    retryAfterMs: retryAfterMs(answer),
    uncertain: !sent.repeatable && answer.status >= 500,
  });
}

/** @throws CloudError `E_CLOUD_BROKEN` for what is no JSON, `E_CLOUD_FORMAT` for JSON of another shape. */
export function parseAnswer<T>(sent: Sent, answer: Answer, schema: z.ZodType<T>, secrets: readonly string[]): T {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw strange('E_CLOUD_BROKEN', sent, answer, notJson(conceal(answer.text, secrets)));
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw strange('E_CLOUD_FORMAT', sent, answer, `not as expected: ${firstIssue(result.error)}`);
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? '' : `${issue.message} at "${issue.path.join('.')}"`;
}

function notJson(text: string): string {
  if (text.trim() === '') return 'empty';
  if (looksLikeHtml(text)) return `HTML: ${messageIn(text)}`;
  if (/^\s*[[{]/.test(text))
    return `JSON that breaks off after ${text.length} characters: …${shorten(text.slice(-80))}`;
  return `no JSON: ${shorten(text, 120)}`;
}

function strange(code: string, sent: Sent, answer: Answer, found: string): CloudError {
  const requestId = requestIdOf(answer);
  return new CloudError({
    code,
    message: withRequestId(`the answer of ${sent.service} to ${sent.method} ${sent.path} is ${found}`, requestId),
    hint: code === 'E_CLOUD_BROKEN' ? 'something between here and the service answers in its place' : undefined,
    service: sent.service,
    status: answer.status,
    requestId,
    uncertain: !sent.repeatable,
  });
}

/** Seconds or a date, as RFC 9110 §10.2.3 has it. */
function retryAfterMs(answer: Answer): number | undefined {
  const text = answer.header('retry-after');
  if (text === undefined) return undefined;
  // A date is one of the service's clock, which its own `Date` tells.
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - (dateOf(answer) ?? Date.now());
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
