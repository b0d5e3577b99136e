import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import type { OwnRequest } from '../core/own-request.ts';
import { repositoryRoot } from '../core/paths.ts';
import { ownRequestOf } from './own-request.ts';
import { readStack } from './stack.ts';
import { readVectors } from './vectors.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-own-request-'));
  await symlink('/proc/self/environ', join(folder, 'link'));
  await writeFile(join(folder, 'huge'), '');
  await truncate(join(folder, 'huge'), 65 * 2 ** 20);
});
afterAll(() => rm(folder, { recursive: true }));

/** Of one function of a stack file with these annotations and labels. */
async function requestWith(about: {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
}): Promise<OwnRequest | undefined> {
  const path = join(folder, 'stack.yaml');
  const stack = { version: '1.0', provider: { name: 'openfaas' }, functions: { mine: { image: 'mine', ...about } } };
  await writeFile(path, JSON.stringify(stack));
  const [fn] = (await readStack(path)).functions;
  if (fn === undefined) throw new Error('no function');
  return await ownRequestOf(fn, await readVectors(join(repositoryRoot, 'peer-functions/vectors')));
}

describe('what a function is sent', () => {
  test('is the load vector of its workload, in every language the same, behind a watchdog too', async () => {
    const vectors = await readVectors(join(repositoryRoot, 'peer-functions/vectors'));
    const stacks = await Promise.all(
      ['rust-functions', 'peer-functions'].map((name) => readStack(join(repositoryRoot, name, 'stack.yaml'))),
    );
    const functions = stacks.flatMap((stack) => stack.functions);
    expect(functions.length).toBeGreaterThan(60);
    const sizes = new Map<string, Set<number>>();
    for (const fn of functions) {
      const workload = fn.labels['dev.givre/workload'] ?? '';
      const request = await ownRequestOf(fn, vectors);
      expect([fn.name, request !== undefined]).toEqual([fn.name, vectors.byWorkload.has(workload)]);
      if (request !== undefined) sizes.set(workload, (sizes.get(workload) ?? new Set()).add(request.body.length));
    }
    expect(sizes.get('json')).toEqual(new Set([20_814]));
    expect(sizes.get('thumbnail')).toEqual(new Set([12_164]));
    expect([...sizes.values()].map((it) => it.size)).toEqual([...sizes].map(() => 1));
  });

  test('has a right answer that can be told by meaning, not by its spaces', async () => {
    const request = await requestWith({ labels: { 'dev.givre/workload': 'pagerank' } });
    const answer = (body: string, status = 200) =>
      request?.differenceIn?.({ status, contentType: 'application/json', body: Buffer.from(body), tookMs: 1 });
    expect(await answer('{}', 400)).toContain('status 400 instead of 200');
    expect(await answer('{"nodes":1}')).toContain('nodes');
    const vectors = await readVectors(join(repositoryRoot, 'peer-functions/vectors'));
    const right = vectors.byWorkload.get('pagerank')?.find((it) => it.name === request?.name)?.expect.body;
    const value = right !== undefined && 'json' in right ? right.json : undefined;
    expect(await answer(JSON.stringify(value, null, 4))).toBeUndefined();
  });

  test('is nothing for functions of which nobody says what they take', async () => {
    expect(await requestWith({})).toBeUndefined();
    expect(await requestWith({ labels: { 'dev.givre/workload': 'of-my-own' } })).toBeUndefined();
  });

  test('is the file that an annotation names, before anything else', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 0]);
    await writeFile(join(folder, 'order.bin'), bytes);
    const annotations = { 'dev.givre/request-body': 'order.bin', 'dev.givre/request-type': 'application/x-order' };
    const request = await requestWith({ annotations, labels: { 'dev.givre/workload': 'json' } });
    expect(request).toMatchObject({ from: 'file', name: 'order.bin', contentType: 'application/x-order' });
    expect(request).toMatchObject({ others: 'only', differenceIn: null });
    expect(Buffer.from(request?.body ?? []).equals(bytes)).toBe(true);
    const untyped = await requestWith({ annotations: { 'dev.givre/request-body': 'order.bin' } });
    expect(untyped?.contentType).toBe('application/octet-stream');
  });

  test.each([
    ['a file that is not there', { 'dev.givre/request-body': 'gone.json' }, /mine: .*gone\.json: ENOENT/],
    ['a folder', { 'dev.givre/request-body': '.' }, /mine: .*: is no regular file/],
    ['a file above', { 'dev.givre/request-body': '../../../etc/hostname' }, /mine: .*: lies outside of/],
    ['a device without end', { 'dev.givre/request-body': '/dev/zero' }, /mine: .*: lies outside of/],
    ['somebody’s secrets', { 'dev.givre/request-body': '/proc/self/environ' }, /mine: .*: lies outside of/],
    ['a link to such', { 'dev.givre/request-body': 'link' }, /mine: .*: lies outside of/],
    ['a file of 65 MiB', { 'dev.givre/request-body': 'huge' }, /mine: .*: has more than 64 MiB/],
    ['a type of nothing', { 'dev.givre/request-type': 'text/csv' }, /not which body has that type/],
  ])('%s is one clear error with exit code 2', async (_what, annotations, message) => {
    await expect(requestWith({ annotations })).rejects.toMatchObject({
      code: 'E_REQUEST_BODY',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('dev.givre/request-body'),
      exitCode: exitCodes.usage,
    });
  });
});
