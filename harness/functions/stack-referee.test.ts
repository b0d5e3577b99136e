import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import { repositoryRoot } from '../core/paths.ts';
import { seededRandom } from '../core/random.ts';
import { runOrFail } from '../core/subprocess.ts';
import { programFromImage } from '../images/copy.ts';
import { faasCliSpec } from './faas-cli.fixture.ts';
import { readStack, type StackFunction } from './stack.ts';
import { type StackCase, stackCases } from './stack-cases.fixture.ts';

/** Stack files read by us and by faas-cli's own parser, value by value. */

const SEED = 20_261_130;
const COUNT = 1_000;
const head = 'provider: {name: openfaas}\n';

interface Deviation {
  /** Of whoever refuses. */
  readonly words: RegExp;
  readonly reason: string;
  readonly text: string;
  /** Where the words alone say too little. */
  readonly when?: (one: StackCase) => boolean;
}

/** What faas-cli reads and we refuse, each on purpose. */
const REFUSED: readonly Deviation[] = [
  {
    words: /the key stands twice/,
    reason: 'one of the two would be dropped without a word; the parser of newer faas-cli refuses it, too',
    text: `${head}functions: {a: {image: b, image: c}}`,
  },
  {
    words: /expected the name of an image/,
    reason: 'there is nothing to run',
    text: `${head}functions: {a: {lang: go}}`,
  },
  { words: /expected one function at least/, reason: 'there is nothing to measure', text: `${head}functions: {}` },
  { words: /a function name (is|has)/, reason: 'no platform runs it', text: `${head}functions: {"a b": {image: b}}` },
  {
    words: /expected a size|expected an amount|m is milli/,
    reason: 'faas-cli leaves quantities to the platform, which finds out late or not at all',
    text: `${head}functions: {a: {image: b, limits: {memory: 40m}}}`,
  },
  {
    words: /second document/,
    reason: 'faas-cli drops its functions without a word',
    text: `${head}functions: {a: {image: b}}\n---\nfunctions: {c: {image: d}}`,
  },
  {
    words: /expected the key environment/,
    reason: 'faas-cli sets no variable and says nothing',
    text: `${head}functions: {a: {image: b, environment_file: [flat.yml]}}`,
  },
  {
    words: /a quote, bracket, comma or colon is missing|the indentation is wrong/,
    reason: 'YAML wants the further lines of a quoted text or a flow indented, which Go’s parser does not look at',
    text: `${head}functions:\n  a:\n    image: b\n    secrets:\n      - "two\n      lines"\n`,
    when: ({ env }) => Object.values(env).some((value) => /[\n"']/.test(value)),
  },
];

/** What we read and the parser of 2023 refuses, by its words. */
const READ: readonly Deviation[] = [
  {
    words: /did not find expected ',' or '[}\]]'/,
    reason: 'since YAML 1.2 a text in a flow may have a question mark',
    text: `${head}functions: {a: {image: b, labels: {c: http://d/?e=f}}}`,
    when: ({ text }) => /[[{].*\?/.test(text),
  },
  {
    words: /did not find expected alphabetic or numeric character/,
    reason: 'since YAML 1.2 an anchor may have other characters than letters and digits',
    text: `${head}functions: {a: {image: b, labels: {c: &d&e f}}}`,
  },
];

function isListed(deviations: readonly Deviation[], words: string, one: StackCase): boolean {
  return deviations.some((it) => it.words.test(words) && (it.when?.(one) ?? true));
}

const texts = z.record(z.string(), z.string()).nullish();
const list = z.array(z.string()).nullish();
const resources = z.object({ Memory: z.string(), CPU: z.string() }).nullish();
const functionShape = z.object({
  Language: z.string(),
  Handler: z.string(),
  Image: z.string(),
  FProcess: z.string(),
  Environment: texts,
  Secrets: list,
  SkipBuild: z.boolean(),
  Constraints: list,
  Labels: texts,
  Annotations: texts,
  Limits: resources,
  Requests: resources,
  ReadOnlyRootFilesystem: z.boolean(),
  Namespace: z.string(),
  BuildArgs: texts,
});
const outcomeShape = z.object({
  error: z.string().optional(),
  functions: z.record(z.string(), functionShape).optional(),
  copy: list,
});
type Outcome = z.infer<typeof outcomeShape>;

let folder = '';
let referee = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-referee-'));
  referee = await programFromImage(await faasCliSpec(), '/opt/givre/bin/stack-referee');
}, 900_000);
afterAll(() => rm(folder, { recursive: true }));

async function theirs(cases: readonly StackCase[]): Promise<readonly Outcome[]> {
  const input = cases.map((it) => `${JSON.stringify(it)}\n`).join('');
  const { stdout } = await runOrFail([referee], 'the referee', { input, timeoutMs: 30_000 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => outcomeShape.parse(JSON.parse(line)));
}

async function ours({ text, env, files }: StackCase): Promise<readonly StackFunction[] | GivreError> {
  for (const [name, content] of Object.entries({ ...files, 'stack.yaml': text })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  try {
    return (await readStack(join(folder, 'stack.yaml'), env)).functions;
  } catch (error) {
    if (error instanceof GivreError) return error;
    throw error;
  }
}

/** Both in one form: what is not said is empty. */
function theirValues({ functions = {}, copy }: Outcome, from = folder) {
  const values = Object.entries(functions).map(([name, fn]) => {
    const { Language, Handler, Limits, Requests } = fn;
    return [
      name,
      {
        lang: Language.toLowerCase(),
        handler: Handler === '' ? '' : resolve(from, Handler),
        image: fn.Image,
        fprocess: fn.FProcess,
        environment: fn.Environment ?? {},
        secrets: fn.Secrets ?? [],
        skipBuild: fn.SkipBuild,
        constraints: fn.Constraints ?? [],
        labels: fn.Labels ?? {},
        annotations: fn.Annotations ?? {},
        limits: { memory: Limits?.Memory ?? '', cpu: Limits?.CPU ?? '' },
        requests: { memory: Requests?.Memory ?? '', cpu: Requests?.CPU ?? '' },
        readOnlyRootFilesystem: fn.ReadOnlyRootFilesystem,
        namespace: fn.Namespace,
        buildArgs: fn.BuildArgs ?? {},
        copy: copy ?? [],
      },
    ] as const;
  });
  return Object.fromEntries(values);
}

function ourValues(functions: readonly StackFunction[]) {
  const values = functions.map((fn) => {
    const {
      name,
      stackPath: _path,
      bases: _bases,
      handlerDir,
      lang,
      fprocess,
      namespace,
      limits,
      requests,
      ...rest
    } = fn;
    return [
      name,
      {
        ...rest,
        lang: lang ?? '',
        handler: handlerDir ?? '',
        fprocess: fprocess ?? '',
        namespace: namespace ?? '',
        limits: { memory: limits?.memory ?? '', cpu: limits?.cpu ?? '' },
        requests: { memory: requests?.memory ?? '', cpu: requests?.cpu ?? '' },
      },
    ] as const;
  });
  return Object.fromEntries(values);
}

/** The parser of 2023 unites a map of a function with that of the function it merges; YAML and newer faas-cli do not. */
function withoutUnited(values: ReturnType<typeof theirValues>, { text }: StackCase) {
  if (!text.includes('<<: *base')) return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, fn]) => {
      const { FROM_BASE: _, ...environment } = fn.environment;
      const isOwn = new RegExp(`^  ${name}:(\\r?\\n    .*)*?\\r?\\n    environment:`, 'm').test(text);
      return [name, isOwn ? { ...fn, environment } : fn];
    }),
  );
}

describe('faas-cli’s own parser', () => {
  test('reads our stack files as we do', async () => {
    for (const family of ['rust-functions', 'peer-functions']) {
      const path = join(repositoryRoot, family, 'stack.yaml');
      const [outcome] = await theirs([{ text: await readFile(path, 'utf8'), env: {}, files: {} }]);
      const { functions } = await readStack(path, {});
      expect(functions.length).toBeGreaterThan(10);
      expect(ourValues(functions)).toEqual(outcome && theirValues(outcome, dirname(path)));
    }
  });

  test(`agrees with us about ${COUNT} generated ones, value by value, but for what is refused on purpose`, async () => {
    const cases = stackCases(seededRandom(SEED), COUNT);
    const outcomes = await theirs(cases);
    const counts = { same: 0, bothRefuse: 0, onPurpose: 0 };
    for (const [index, one] of cases.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error('an outcome is missing');
      const own = await ours(one);
      const about = JSON.stringify({ index, ...one, theirError: outcome.error });
      if (own instanceof GivreError) {
        const listed = isListed(REFUSED, own.message, one);
        if (outcome.error === undefined) expect(listed, `${about}\nwe: ${own.message}`).toBe(true);
        if (outcome.error === undefined) counts.onPurpose += 1;
        else counts.bothRefuse += 1;
        continue;
      }
      if (outcome.error !== undefined) {
        expect(isListed(READ, outcome.error, one), `we read it: ${about}`).toBe(true);
        counts.onPurpose += 1;
        continue;
      }
      expect(ourValues(own), about).toEqual(withoutUnited(theirValues(outcome), one));
      counts.same += 1;
    }
    expect(counts.same).toBeGreaterThanOrEqual(500);
    expect(counts.bothRefuse).toBeGreaterThanOrEqual(50);
    expect(counts.onPurpose).toBeGreaterThanOrEqual(20);
  }, 60_000);

  test.each(REFUSED)('reads what we refuse on purpose: $reason', async ({ text, words }) => {
    const one = { text, env: {}, files: { 'flat.yml': 'A: b\n' } };
    const [outcome] = await theirs([one]);
    expect(outcome?.error).toBeUndefined();
    expect(await ours(one)).toMatchObject({ message: expect.stringMatching(words), exitCode: 2 });
  });

  test.each(READ)('refuses what we read: $reason', async ({ text, words }) => {
    const one = { text, env: {}, files: {} };
    const [outcome] = await theirs([one]);
    expect(outcome?.error).toMatch(words);
    expect(await ours(one)).toMatchObject([{ name: 'a', image: 'b' }]);
  });

  test('lets a merged key win over one that stands before it; we do as YAML and newer faas-cli', async () => {
    const text = `${head}x: &x {image: merged}\nfunctions: {a: {image: own, <<: *x}}`;
    const one = { text, env: {}, files: {} };
    const [outcome] = await theirs([one]);
    expect(outcome?.functions?.a?.Image).toBe('merged');
    expect(await ours(one)).toMatchObject([{ image: 'own' }]);
  });
});
