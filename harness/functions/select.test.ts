import { expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { selectFunctions } from './select.ts';

const functions = ['rust-hello', 'rust-echo', 'go-hello', 'node-fastify-json-of', 'a.b'].map((name) => ({ name }));

function selected(globs: string | readonly string[]): readonly string[] {
  return selectFunctions(functions, globs).map(({ name }) => name);
}

test('globs select by name, each function once and in the order of the stack', () => {
  expect(selected('*')).toHaveLength(5);
  expect(selected([])).toHaveLength(5);
  expect(selected('go-hello, rust-*')).toEqual(['rust-hello', 'rust-echo', 'go-hello']);
  expect(selected(['rust-hello', 'rust-*', '*-hello'])).toEqual(['rust-hello', 'rust-echo', 'go-hello']);
  expect(selected('??-hello')).toEqual(['go-hello']);
});

test.each([['rust-hello,'], [',rust-hello'], ['rust-hello,,'], [' rust-hello , ']])(
  'an empty part of %j is ignored',
  (list) => {
    expect(selected(list)).toEqual(['rust-hello']);
  },
);

test.each([[''], [','], [' , ']])('a list of nothing (%j) is an error, and not a list of all', (list) => {
  expect(() => selected(list)).toThrow(expect.objectContaining({ code: 'E_EMPTY_LIST', exitCode: exitCodes.usage }));
});

test('only * and ? are special', () => {
  expect(selected('a.b')).toEqual(['a.b']);
  expect(() => selected('rust.hello')).toThrow('no function matches "rust.hello"');
  expect(() => selected('(rust|go)-hello')).toThrow('no function matches');
});

test.each([
  ['rust-helo', 'did you mean rust-hello?'],
  ['Rust-Hello', 'did you mean rust-hello?'],
  ['hello', 'did you mean rust-hello, go-hello?'],
  ['fastify-*', 'did you mean node-fastify-json-of?'],
  ['zzzzzzzzzzzz', 'known: a.b, go-hello, node-fastify-json-of, rust-echo, rust-hello'],
])('a glob that matches nothing (%j) is an error with near misses', (glob, hint) => {
  expect(() => selected(['rust-*', glob])).toThrow(
    expect.objectContaining({ code: 'E_FUNCTION_UNKNOWN', exitCode: exitCodes.usage, hint }),
  );
});
