import { expect, test } from 'vitest';
import { GivreError, messageOf } from './errors.ts';
import { inertJson } from './inert.ts';

test('inert JSON has the same value and nothing that could drive a terminal', () => {
  const value = { '\u202ekey': ['\u001b[2J', '\u009b2J', '\u{e0041}', 'a\ud800', '\u2028', '\r\n\t', '�'] };
  const text = inertJson(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
});

test('errors have no passwords of addresses in their words', () => {
  const address = 'http://me:secret@proxy:3128';
  const error = new GivreError({ code: 'E_TEST', message: `no way by ${address}`, hint: `is ${address} right?` });
  expect(`${error.message} ${error.hint}`).toBe(
    'no way by http://[hidden]@proxy:3128 is http://[hidden]@proxy:3128 right?',
  );
  expect(messageOf(new Error(address))).toBe('http://[hidden]@proxy:3128');
});
