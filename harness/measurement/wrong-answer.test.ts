import { describe, expect, test } from 'vitest';
import type { Deployable } from '../api/deployable.ts';
import { wrongAnswer } from './wrong-answer.ts';

function deployable(body: string | undefined): Deployable {
  const deployment = { service: 'mine', image: 'mine' };
  const expected = body === undefined ? {} : { bodyBase64: Buffer.from(body).toString('base64') };
  return { name: 'mine', workload: 'unknown', deployment, image: 'mine', expect: { status: 200, ...expected } };
}

function said(expected: string | undefined, body: string, answer: { status?: number; error?: string } = {}): string {
  const bytes = Buffer.from(body);
  const seen = { bodyBase64: bytes.subarray(0, 512).toString('base64'), bodyBytes: bytes.length };
  return wrongAnswer(deployable(expected), { ...seen, status: answer.status ?? 200, error: answer.error ?? null });
}

describe('an answer that is not the expected one', () => {
  test('is shown beside it, and what cannot be seen of the difference is said', () => {
    expect(said('Hello', 'Hello\n')).toBe(
      '"Hello\\n" instead of "Hello": but for white space at the end they are the same',
    );
    expect(said('Hello', 'Bonjour')).toBe('"Bonjour" instead of "Hello"');
    expect(said('Hello', '')).toBe('"" instead of "Hello"');
  });

  test('is shown in part, and inert, whatever it holds', () => {
    expect(said('Hello', 'x'.repeat(700))).toBe(`"${'x'.repeat(80)}"… (700 bytes) instead of "Hello"`);
    const hostile = said('Hello', '\u001b]52;c;aGk=\u0007\u009b31m\u202e\u2028');
    expect(hostile).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  test('of another status is that status with its first line, and what went wrong on the way is told as it is', () => {
    expect(said('Hello', 'no such function\nmore', { status: 404 })).toBe('status 404, "no such function"');
    expect(said('Hello', '', { status: 502 })).toBe('status 502');
    expect(said(undefined, 'anything')).toBe('status 200');
    expect(said('Hello', '', { error: 'connect: Connection refused' })).toBe('connect: Connection refused');
  });
});
