import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { repositoryRoot } from '../core/paths.ts';
import { bodyBytes } from './vector-body.ts';
import { readVectors, type Vector, vectorsBehind } from './vectors.ts';

const ours = join(repositoryRoot, 'peer-functions/vectors');
const workloads = [
  ...['alloc', 'compress', 'echo', 'hash', 'hello', 'json', 'kv', 'pagerank', 'primes', 'sleep', 'template'],
  'thumbnail',
];

async function vectorOf(workload: string, name: string): Promise<Vector> {
  const found = (await readVectors(ours)).byWorkload.get(workload)?.find((it) => it.name === name);
  if (found === undefined) throw new Error(`${workload} has no vector "${name}"`);
  return found;
}

describe('the golden vectors', () => {
  test('are there for every workload that all languages share, eight of each at least', async () => {
    const { byWorkload } = await readVectors(ours);
    expect([...byWorkload.keys()]).toEqual(workloads);
    for (const [workload, vectors] of byWorkload) expect([workload, vectors.length >= 8]).toEqual([workload, true]);
  });

  test('say themselves what does not hold behind a watchdog', async () => {
    const { byWorkload } = await readVectors(ours);
    const hello = byWorkload.get('hello') ?? [];
    expect(vectorsBehind(undefined, hello)).toEqual({ asked: hello, skipped: [] });
    expect(vectorsBehind('of', hello).skipped).toEqual(['health']);
    expect(vectorsBehind('classic', hello).skipped).toEqual(['OPTIONS', 'HEAD has no body', 'health', 'ready']);
    const json = byWorkload.get('json') ?? [];
    const classic = vectorsBehind('classic', json);
    expect(classic.skipped).toEqual([]);
    expect(new Set(classic.asked.map(({ expect: { status } }) => status))).toEqual(new Set([200, 500]));
    expect(vectorsBehind('of', json)).toEqual({ asked: json, skipped: [] });
  });

  test('refuse malformed input, parameters out of their range and bodies over the limit', async () => {
    const { byWorkload } = await readVectors(ours);
    const statuses = (workload: string) => new Set(byWorkload.get(workload)?.map((it) => it.expect.status));
    for (const workload of ['json', 'hash', 'template', 'compress', 'thumbnail', 'kv']) {
      expect([workload, statuses(workload)]).toEqual([
        workload,
        new Set([200, 400, 413].concat(workload === 'kv' ? [404, 503] : [])),
      ]);
    }
    for (const workload of ['primes', 'sleep', 'alloc', 'pagerank']) {
      expect([workload, statuses(workload)]).toEqual([workload, new Set([200, 400])]);
    }
  });

  test('name one for load in every workload, without parameters and sent alike behind every watchdog', async () => {
    const { byWorkload, loads } = await readVectors(ours);
    expect([...loads.keys()]).toEqual(workloads);
    for (const [workload, { vector }] of loads) {
      const found = byWorkload.get(workload)?.find((it) => it.name === vector);
      expect([workload, found?.behind, ['GET', 'POST'].includes(found?.request.method ?? '')]).toEqual([
        workload,
        undefined,
        true,
      ]);
    }
  });

  test('name files that are there and bodies that can be made', async () => {
    const { byWorkload } = await readVectors(ours);
    for (const { request, expect: wanted } of [...byWorkload.values()].flat()) {
      if (request.body !== undefined) expect((await bodyBytes(request.body, ours)).length).toBeGreaterThanOrEqual(0);
      if ('psnr' in wanted.body) expect((await bodyBytes(wanted.body.psnr, ours)).length).toBeGreaterThan(0);
    }
  });

  test('generate the same bytes here as in the script that made them', async () => {
    const { request, expect: wanted } = await vectorOf('echo', '50 MiB');
    const sent = await bodyBytes(request.body ?? { text: '' }, ours);
    const sha256 = createHash('sha256').update(sent).digest('hex');
    expect(wanted.body).toEqual({ sha256, bytes: 50 * 2 ** 20 });
  });

  test('agree with published values', async () => {
    const body = async (workload: string, name: string) => (await vectorOf(workload, name)).expect.body;
    // FIPS 180-2, appendices B.1 to B.3.
    expect(await body('hash', 'abc, as FIPS 180-2 has it')).toEqual({
      text: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n',
    });
    expect(await body('hash', 'two blocks, as FIPS 180-2 has them')).toEqual({
      text: '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1\n',
    });
    expect(await body('hash', 'a million times a, as FIPS 180-2 has it')).toEqual({
      text: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0\n',
    });
    // OEIS A006880.
    expect(await body('primes', 'n=1000000')).toEqual({ json: { n: 1_000_000, count: 78_498, largest: 999_983 } });
  });

  test('keep a key that JavaScript treats as special', async () => {
    const { body } = (await vectorOf('json', 'tags and ids that are awkward in some language')).expect;
    expect(JSON.stringify(body)).toContain('"__proto__":1');
  });
});

describe('a broken file of vectors is one clear error with exit code 2:', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-vectors-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const good = {
    name: 'one',
    request: { method: 'GET', query: '', headers: {} },
    expect: { status: 200, contentType: 'text/plain', body: { text: '' } },
  };
  const file = (...vectors: unknown[]) => JSON.stringify({ workload: 'x', vectors });

  test.each([
    ['no JSON', '{', /x\.json/],
    ['no vectors', file(), /vectors/],
    ['two of one name', file(good, good), /share a name/],
    ['a body of two kinds', file({ ...good, request: { ...good.request, body: { text: '', base64: '' } } }), /body/],
    ['an unknown expectation', file({ ...good, expect: { ...good.expect, body: { xml: '' } } }), /body/],
    ['JSON without a value', file({ ...good, expect: { ...good.expect, body: { tolerance: 1 } } }), /body/],
    ['load by a vector that is not there', file(good).replace('{', '{"load":{"vector":"two","body":"any"},'), /load/],
    ['a misspelt key', file({ ...good, expext: 1 }), /expext/],
    ['another workload than its name', file(good).replace('"x"', '"y"'), /says that its workload is "y"/],
  ])('%s', async (_what, text, message) => {
    await writeFile(join(folder, 'x.json'), text);
    await expect(readVectors(folder)).rejects.toMatchObject({
      code: 'E_VECTORS',
      message: expect.stringMatching(message),
      exitCode: exitCodes.usage,
    });
  });

  test('a folder without any', async () => {
    await expect(readVectors(folder)).rejects.toThrow('no file WORKLOAD.json');
    await expect(readVectors(join(folder, 'gone'))).rejects.toMatchObject({ code: 'E_VECTORS' });
  });
});
