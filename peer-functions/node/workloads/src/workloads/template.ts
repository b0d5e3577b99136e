import { Eta } from 'eta/core';
import { readBody } from '../serving/body.ts';
import { badRequest } from '../serving/problem.ts';
import type { Workload } from '../serving/workload.ts';
import { isIntegerWithin, isObject, parseStrictly } from './strict-json.ts';
import { xorshift32 } from './xorshift.ts';

const maxCharacters = 256;

interface Page {
  readonly username: string;
  readonly numbers: readonly number[];
}

const eta = new Eta({ varName: 'page' });

const numbersPage = eta.compile(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for <%= page.username %></title></head>
<body>
<h1>Hello, <%= page.username %>!</h1>
<ol>
<% for (const number of page.numbers) { %>
<li><%= number %></li>
<% } %>
</ol>
</body>
</html>
`);

export const workload: Workload = {
  bodyLimitBytes: 64 * 1024,
  async answer({ body }) {
    const page = pageOf(parseStrictly(await readBody(body)));
    return { contentType: 'text/html; charset=utf-8', body: eta.render(numbersPage, page) };
  },
};

function pageOf(value: unknown): Page {
  const { username, size, seed } = isObject(value) ? value : {};
  // By iteration a text is characters; by length it is UTF-16.
  if (typeof username !== 'string' || username === '' || [...username].length > maxCharacters) {
    throw badRequest(`The request body has no username of 1 to ${maxCharacters} characters.`);
  }
  if (!isIntegerWithin(size, 1, 10_000)) throw badRequest('The request body has no size from 1 to 10000.');
  if (!isIntegerWithin(seed, 1, 2 ** 32 - 1)) throw badRequest('The request body has no seed from 1 to 4294967295.');
  const random = xorshift32(seed);
  return { username, numbers: Array.from({ length: size }, () => random() % 1_000_000) };
}
