import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import { repositoryRoot } from '../core/paths.ts';
import { runOrFail } from '../core/subprocess.ts';
import { buildImage } from '../images/build.ts';
import { imageCatalog } from '../images/catalog.ts';
import { pins } from '../platforms/pins.ts';
import { type Endpoint, endpointsSchema, type ServiceName, serviceRoot } from './catalog.ts';
import { type CloudsCase, generatedCases } from './clouds-cases.fixture.ts';
import { readCloudFiles } from './clouds-yaml.ts';
import { deviations } from './deviations.fixture.ts';
import { newToken } from './identity-requests.ts';
import { type CloudSettings, cloudSettings } from './settings.ts';

/**
 * openstacksdk, pinned in `ci/images/openstacksdk`, reads the same files, variables and words. What both would do is
 * compared value by value: the request to Keystone, the TLS files, and where each service would be looked for.
 */

const SERVICES = ['compute', 'network', 'image', 'volume'] as const;
const GENERATED = 600;
const SEED = 12;

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-openstacksdk-'));
  const { builder } = await imageCatalog({
    root: repositoryRoot,
    gateway: pins.gateway,
    queueWorker: pins.queueWorker,
  });
  const from = join(repositoryRoot, 'ci/images/openstacksdk');
  image = (
    await buildImage({
      name: 'openstacksdk',
      dockerfile: join(from, 'Dockerfile'),
      inputs: ['requirements.txt', 'read_clouds.py'].map((file) => ({ from: join(from, file), to: file })),
      bases: { BUILDER: builder },
    })
  ).tag;
}, 900_000);
afterAll(() => rm(folder, { recursive: true }));

const serviceSchema = z.object({
  interface: z.union([z.string(), z.array(z.string())]),
  region: z.string().nullable(),
  type: z.string(),
  name: z.string().nullable(),
  endpoint: z.string().nullable(),
});
const valueSchema = z.object({
  name: z.string(),
  request: z.object({ url: z.string(), body: z.looseObject({}) }),
  verify: z.union([z.boolean(), z.string(), z.null()]),
  cert: z.union([z.string(), z.array(z.string()), z.null()]),
  services: z.record(z.enum(SERVICES), serviceSchema),
});
const answersSchema = z.array(z.union([z.object({ error: z.string() }), z.object({ value: valueSchema })]));

async function openstacksdk<T>(schema: z.ZodType<T>, input: unknown, ...args: readonly string[]): Promise<T> {
  const argv = [
    'docker',
    'run',
    '--rm',
    '--interactive',
    '--network=none',
    image,
    'python3',
    'read_clouds.py',
    ...args,
  ];
  const { stdout } = await runOrFail(argv, 'openstacksdk', { input: JSON.stringify(input), timeoutMs: 60_000 });
  return schema.parse(JSON.parse(stdout));
}

/** A cloud that has everything everywhere; each address says what it was found by. */
const everything: readonly Endpoint[] = endpointsSchema.parse(
  ['compute', 'network', 'image', 'block-storage', 'volumev3'].flatMap((type) =>
    ['first', 'nova', 'other'].map((name) => ({
      type,
      name,
      endpoints: ['north', 'south', 'Shared', 'east'].flatMap((region) =>
        ['public', 'internal', 'admin'].map((it) => ({
          interface: it,
          region_id: region,
          url: `http://catalog/${type}/${name}/${region}/${it}/v3`,
        })),
      ),
    })),
  ),
);

type Words = Readonly<Record<string, unknown>>;

/** What we would do, in the words of the comparison. */
async function ours(
  { clouds, secure, public: profiles, env, cloud, region }: CloudsCase,
  number: number,
): Promise<Words> {
  const here = join(folder, String(number));
  await mkdir(here);
  const files = { 'clouds.yaml': clouds, 'secure.yaml': secure, 'clouds-public.yaml': profiles };
  for (const [name, text] of Object.entries(files)) if (text !== null) await writeFile(join(here, name), text);
  const words = { cloud: cloud ?? undefined, region: region ?? undefined, env };
  const settings = cloudSettings(await readCloudFiles(env, here), words);
  const { caPath, certPath, keyPath, verify } = settings.tls;
  return {
    name: settings.name,
    request: requestOf(settings),
    verify: verify && (caPath ?? true),
    cert: certPath === undefined ? null : keyPath === undefined ? certPath : [certPath, keyPath],
    services: Object.fromEntries(SERVICES.map((it) => [it, serviceRoot(it, settings, everything, 'PROJECT')])),
  };
}

/** An address as it goes over the wire: the host in small letters, odd letters encoded. */
function onTheWire(url: string): string {
  return URL.parse(url)?.href ?? url;
}

function requestOf(settings: CloudSettings): unknown {
  const { url, body } = newToken(settings);
  const parsed: unknown = JSON.parse(body?.toString() ?? '');
  // Without a project nothing is asked for: the token is looked up.
  if (settings.credential.kind !== 'token' || settings.credential.project !== undefined) return { url, body: parsed };
  return { url, body: { auth: { identity: { methods: ['token'], token: { id: settings.credential.token } } } } };
}

/** The same of openstacksdk, whose words of a service lead to an address of the same catalog. */
function theirs(value: z.infer<typeof valueSchema>): Words {
  const request = { ...value.request, url: onTheWire(value.request.url) };
  // Empty is none to it, too.
  return {
    ...value,
    request,
    cert: value.cert || null,
    services: Object.fromEntries(SERVICES.map((it) => [it, addressBy(it, value.services[it])])),
  };
}

function addressBy(service: ServiceName, words: z.infer<typeof serviceSchema>): string | undefined {
  const prefix = service === 'volume' ? 'block_storage' : service;
  const options: Readonly<Record<string, string | null>> = {
    [`${prefix}_interface`]: words.interface.toString(),
    [`${prefix}_service_type`]: words.type,
    [`${prefix}_service_name`]: words.name,
    [`${prefix}_endpoint_override`]: words.endpoint,
  };
  const option = (key: string): string | undefined => options[key] ?? undefined;
  return serviceRoot(service, { ...anyCloud, region: words.region || undefined, option }, everything, 'PROJECT');
}

const anyCloud: Omit<CloudSettings, 'region' | 'option'> = {
  name: 'any',
  source: '',
  authUrl: '',
  credential: { kind: 'token', token: '', project: undefined },
  interface: 'public',
  tls: { caPath: undefined, certPath: undefined, keyPath: undefined, verify: true },
  warnings: [],
};

/** `request.body.auth.scope.project.id`: value. */
function leaves(tree: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof tree !== 'object' || tree === null) return [[path, tree]];
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, path === '' ? key : `${path}.${key}`));
}

interface Outcome {
  readonly error: string | undefined;
  readonly values: ReadonlyMap<string, unknown>;
}

function differences(one: Outcome, two: Outcome) {
  if (one.error !== undefined && two.error !== undefined) return [];
  if (one.error !== undefined || two.error !== undefined) {
    return [{ path: 'outcome', ours: one.error ?? '', theirs: two.error ?? '' }];
  }
  return [...new Set([...one.values.keys(), ...two.values.keys()])]
    .map((path) => ({ path, ours: one.values.get(path), theirs: two.values.get(path) }))
    .filter((it) => it.ours !== it.theirs);
}

async function compare(cases: readonly CloudsCase[], firstNumber: number) {
  const answers = await openstacksdk(answersSchema, cases);
  expect(answers).toHaveLength(cases.length);
  const found = [];
  for (const [index, it] of cases.entries()) {
    const answer = answers[index] ?? { error: 'none' };
    const own = await ours(it, firstNumber + index).then(
      (words): Outcome => ({ error: undefined, values: new Map(leaves(words)) }),
      (error: unknown): Outcome => ({ error: messageOf(error), values: new Map() }),
    );
    const other: Outcome =
      'error' in answer
        ? { error: answer.error, values: new Map() }
        : { error: undefined, values: new Map(leaves(theirs(answer.value))) };
    for (const difference of differences(own, other)) {
      const reasons = deviations.filter(({ explains }) => explains(difference, it)).map(({ id }) => id);
      found.push({ ...difference, reasons, case: it });
    }
  }
  const read = answers.filter((it) => 'value' in it).length;
  return {
    read,
    unexplained: found.filter(({ reasons }) => reasons.length === 0),
    reasons: found.flatMap((it) => it.reasons),
  };
}

describe('clouds.yaml', () => {
  test('is read as openstacksdk reads it, over generated files, variables and words', async () => {
    const { read, unexplained, reasons } = await compare(generatedCases(GENERATED, SEED), 0);
    expect(unexplained.slice(0, 3)).toEqual([]);
    expect(read).toBeGreaterThan(GENERATED / 3);
    // What is in the list and does not happen any more has to go.
    expect(deviations.map(({ id }) => id).filter((id) => !reasons.includes(id))).toEqual([]);
  });

  test('is read as openstacksdk reads it where the test cloud writes it', async () => {
    const clouds = (await readFile(join(repositoryRoot, 'ci/openstack/config/clouds.yaml'), 'utf8')).replaceAll(
      /\$\{\w+\}/g,
      '10.0.0.1',
    );
    const plain = { clouds, secure: null, public: null, env: { HOME: '/home/me' }, region: null };
    const { read, unexplained, reasons } = await compare(
      ['tester', 'small', 'admin'].map((cloud) => ({ ...plain, cloud })),
      GENERATED,
    );
    expect({ read, unexplained, reasons }).toEqual({ read: 3, unexplained: [], reasons: [] });
  });

  test('is looked for where openstacksdk looks for it', async () => {
    const environments = [
      { HOME: '/home/me' },
      { HOME: '/home/me', XDG_CONFIG_HOME: '/home/me/xdg' },
      { HOME: '/home/me', XDG_CONFIG_HOME: '', XDG_CONFIG_DIRS: '/etc/site' },
    ];
    const folders = await openstacksdk(z.array(z.array(z.string())), environments, 'search');
    for (const [index, env] of environments.entries()) {
      const { searched } = await readCloudFiles(env, '/src');
      expect(searched).toEqual([...new Set(folders[index])]);
    }
  });
});
