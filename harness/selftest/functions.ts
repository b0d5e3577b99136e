import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { z } from 'zod';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { type Random, seededRandom, shuffled } from '../core/random.ts';
import { runOrFail } from '../core/subprocess.ts';
import { buildFunction } from '../functions/build.ts';
import { selectFunctions } from '../functions/select.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { ImageCatalog } from '../images/catalog.ts';
import { copyFromImage, programFromImage } from '../images/copy.ts';
import { docker } from '../images/docker.ts';
import { readFunctions } from '../planning/function-choice.ts';
import { makeRunId } from '../planning/plan.ts';
import { runCatalog } from '../provisioning/artifacts/images.ts';
import { type EnginePlace, engineRun } from '../provisioning/engine-place.ts';
import type { RunWork } from '../provisioning/run.ts';
import { median } from '../statistics/median.ts';
import { ratioAcrossBlocks } from '../statistics/ratio.ts';
import { removeContainerNamed } from '../targets/container.ts';
import { type Claim, claim } from './claims.ts';
import { ownRun } from './own-run.ts';
import { type SelfContext, scaled } from './runs.ts';

const AUTOCANNON = join(repositoryRoot, 'node_modules/autocannon/autocannon.js');
const PORT = 8080;
const PAIRS = 200;
const START_LIMIT = 1.5;
const ROUNDS = 3;
const LOAD_SECONDS = 4;
const CONNECTIONS = 8;
/** Against Go's net/http, and against the best of all. */
const GO_LIMIT = 1.0;
const BEST_LIMIT = 1.25;

/** What the reference functions cost by themselves, without any platform. */
export async function functionClaims(context: SelfContext): Promise<readonly Claim[]> {
  const catalog = await runCatalog();
  const folder = await mkdtemp(join(tmpdir(), 'givre-functions-'));
  try {
    return [await startClaim(context, catalog, folder), ...(await cpuClaims(context, catalog))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Alternating pairs, so that a machine which is slower for a while is so for both. */
async function startClaim(context: SelfContext, catalog: ImageCatalog, folder: string): Promise<Claim> {
  const { signal, output } = context;
  const work = { signal, progress: (line: string) => output.note(line) };
  const launch = await programFromImage(catalog.launch, '/launch', work);
  const c = await programFromImage(catalog.floor, '/server', work);
  const rust = join(folder, 'rust-hello');
  const [hello] = selectFunctions(await readFunctions([]), 'rust-hello');
  if (hello === undefined) throw new Error('there is no rust-hello');
  const { id } = await buildFunction(hello, { builder: catalog.builder, ...work });
  await copyFromImage(id, '/function', rust, signal);
  const time = async (program: string): Promise<number> =>
    Number((await runOrFail([launch, String(PORT), program], 'timing a start', { signal })).stdout);
  const times: { c: number[]; rust: number[] } = { c: [], rust: [] };
  const pairs = scaled(context, PAIRS);
  for (let pair = 0; pair < pairs; pair++) {
    output.status(`start of C and Rust: pair ${pair + 1} of ${pairs}`);
    times.c.push(await time(c));
    times.rust.push(await time(rust));
  }
  const ratio = ratioAcrossBlocks(
    times.rust.map((rustNs, pair) => ({ numerator: [rustNs], denominator: times.c.slice(pair, pair + 1) })),
  );
  const us = (values: readonly number[]): string => `${(median(values) / 1e3).toFixed(0)} µs`;
  const range = `95 % ${ratio?.lower?.toFixed(2)}…${ratio?.upper?.toFixed(2)}`;
  return claim(
    'rust-hello start',
    `execve to listening ≤ ${START_LIMIT} × that of a do-nothing static server in C`,
    `${ratio?.ratio?.toFixed(2)} × (${range}; ${us(times.rust)} against ${us(times.c)}, ${pairs} alternating pairs)`,
    typeof ratio?.ratio === 'number' && ratio.ratio <= START_LIMIT,
  );
}

/** Processor time per request of each language's `hello`, from its own cgroup; the client has another processor. */
async function cpuClaims(context: SelfContext, catalog: ImageCatalog): Promise<readonly Claim[]> {
  const { signal, output, seed } = context;
  const work = { signal, progress: (line: string) => output.note(line) };
  const functions = (await readFunctions([])).filter(
    ({ labels }) => labels['dev.givre/workload'] === 'hello' && labels['dev.givre/watchdog'] === undefined,
  );
  const images = new Map<StackFunction, string>();
  for (const fn of functions) images.set(fn, (await buildFunction(fn, { builder: catalog.builder, ...work })).id);
  const random = seededRandom(seed);
  const perRequest = new Map<string, number[]>(functions.map((fn) => [fn.name, []]));
  await ownRun(context, engineRun(makeRunId('functions', new Date())), async (run) => {
    for (let round = 0; round < ROUNDS; round++) await measureRound({ run, images, random, round }, perRequest);
  });
  return verdicts(new Map([...perRequest].map(([name, values]) => [name, median(values)])));
}

interface Round {
  readonly run: RunWork<EnginePlace>;
  readonly images: ReadonlyMap<StackFunction, string>;
  readonly random: Random;
  readonly round: number;
}

async function measureRound({ run, images, random, round }: Round, perRequest: Map<string, number[]>): Promise<void> {
  const { signal } = run;
  for (const [fn, image] of shuffled([...images], random)) {
    run.output.status(`processor time per request, round ${round + 1} of ${ROUNDS}: ${fn.name}`);
    await run.scope.within(`containers of ${fn.name}`, async (scope) => {
      const { id, url } = await startAlone({ ...run, scope }, fn, image);
      await load(url, 1, signal);
      const before = await cpuNs(id, signal);
      const requests = await load(url, LOAD_SECONDS, signal);
      perRequest.get(fn.name)?.push(((await cpuNs(id, signal)) - before) / requests);
    });
  }
}

async function startAlone({ runId, scope, signal, place }: RunWork<EnginePlace>, fn: StackFunction, image: string) {
  const name = `givre-${runId}-${fn.name}`;
  const marks = Object.entries(await place.labels(signal)).map(([key, value]) => `--label=${key}=${value}`);
  const environment = Object.entries(fn.environment).map(([key, value]) => `--env=${key}=${value}`);
  const args = [
    'create',
    '--name',
    name,
    ...marks,
    '--label=givre.role=self',
    '--cpuset-cpus=0',
    ...environment,
    image,
  ];
  // By its name, and not told of an interruption, which would hide whether there is one. Ctrl-C at a terminal ends docker's
  // command all the same; what that leaves, `reap` finds by its labels.
  await scope.defer(`container ${name}`, () => removeContainerNamed(name));
  const id = await docker(args, `creating ${fn.name}`, {});
  signal.throwIfAborted();
  await docker(['start', id], `starting ${fn.name}`, { signal });
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const url = `http://${await docker(['inspect', '--format', format, id], `finding ${fn.name}`, { signal })}:${PORT}/`;
  await poll(
    async () => {
      const answer = await fetch(url).catch(() => undefined);
      return answer?.ok ? { done: true, value: undefined } : { done: false, seen: `${answer?.status ?? 'no answer'}` };
    },
    { what: `${fn.name} to answer`, deadlineMs: 30_000, signal },
  );
  return { id, url };
}

const resultSchema = z.object({ requests: z.object({ total: z.number().positive() }), non2xx: z.literal(0) });

/** Keep-alive, closed loop, on the other processor. */
async function load(url: string, seconds: number, signal: AbortSignal): Promise<number> {
  const words = ['--json', '--no-progress', '-c', String(CONNECTIONS), '-d', String(seconds), url];
  const command = ['taskset', '-c', '1', process.execPath, AUTOCANNON, ...words];
  const { stdout } = await runOrFail(command, 'autocannon', { signal });
  return resultSchema.parse(JSON.parse(stdout)).requests.total;
}

const statsSchema = z.object({ cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }) });

/** Of everything in the container, by the engine's own reading of its cgroup; no program of docker's prints it in full. */
async function cpuNs(id: string, signal: AbortSignal): Promise<number> {
  const socketPath = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '');
  const client = new Client('http://localhost', { socketPath });
  try {
    const path = `/containers/${id}/stats?stream=false&one-shot=true`;
    const { body } = await client.request({ path, method: 'GET', signal });
    return statsSchema.parse(await body.json()).cpu_stats.cpu_usage.total_usage;
  } finally {
    await client.close();
  }
}

function verdicts(perRequest: ReadonlyMap<string, number>): readonly Claim[] {
  const sorted = [...perRequest].sort(([, a], [, b]) => a - b);
  const us = (name: string): number => (perRequest.get(name) ?? Number.NaN) / 1e3;
  const [best = ['none', Number.NaN]] = sorted;
  const table = sorted.map(([name, ns]) => `${name} ${(ns / 1e3).toFixed(1)} µs (${(ns / best[1]).toFixed(2)} ×)`);
  const [toGo, toBest] = [us('rust-hello') / us('go-hello'), (us('rust-hello') * 1e3) / best[1]];
  return [
    claim(
      'rust-hello processor time',
      `per request ≤ ${GO_LIMIT} × Go net/http's, keep-alive, from its cgroup`,
      `${toGo.toFixed(2)} × (${us('rust-hello').toFixed(1)} µs against ${us('go-hello').toFixed(1)} µs, medians of ${ROUNDS} rounds)`,
      toGo <= GO_LIMIT,
    ),
    claim(
      'rust-hello among all',
      `processor time per request ≤ ${BEST_LIMIT} × the best`,
      `${toBest.toFixed(2)} ×; ${table.join(', ')}`,
      toBest <= BEST_LIMIT,
    ),
  ];
}
