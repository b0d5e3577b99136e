import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { Scope } from '../core/scope.ts';
import { runOrFail } from '../core/subprocess.ts';
import { distributedLoad, type Generator } from '../load/distributed.ts';
import type { LoadPlan, LoadSecond } from '../load/load.ts';
import { loadPrograms } from '../load/programs.fixture.ts';
import { startTruth } from '../load/truth.ts';
import { type Sshd, sshdImage, startSshd } from '../ssh/sshd.fixture.ts';
import { acquireGeneratorOverSsh } from '../targets/generator-ssh.ts';
import { deliverK6 } from './generator.ts';

/* Generators on machines behind real SSH servers, against the real server of known times. */

/** More than a command line takes. */
const BODY = Buffer.alloc(200_000, '\0\xff\n', 'latin1');

let machines: readonly Sshd[];
let programs: Awaited<ReturnType<typeof loadPrograms>>;
let bridge: string;
let folder: string;
const signal = AbortSignal.timeout(600_000);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-generators-'));
  programs = await loadPrograms();
  const image = await sshdImage();
  machines = await Promise.all([startSshd(image), startSshd(image)]);
  const [machine] = machines;
  const route = await machine?.docker('ip', '-4', 'route', 'show', 'default');
  bridge = /via (\S+)/.exec(route ?? '')?.[1] ?? 'no route';
});
afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.remove()));
  await rm(folder, { recursive: true });
});

/** As a user who may nothing but log in. */
async function acquire(scope: Scope, machine: Sshd): Promise<Generator> {
  const acquired = await acquireGeneratorOverSsh({ address: machine.address('plain'), jump: undefined }, scope, signal);
  await deliverK6({ path: programs.k6, version: programs.version }, acquired.host, acquired.folder, signal);
  const program = join(acquired.folder, 'k6');
  const k6 = { place: acquired.host, program, scripts: acquired.folder, version: programs.version };
  return { name: acquired.host.name, k6 };
}

async function foldersOn(machine: Sshd): Promise<string> {
  return await machine.docker('sh', '-c', 'ls -d /var/tmp/givre-* 2>/dev/null || true');
}

function planFor(url: string, durationMs: number): LoadPlan {
  return {
    id: 'over-ssh',
    request: { url, method: 'POST', headers: {}, body: BODY, expect: { status: 200, body: 'ok' } },
    arrivals: { kind: 'constant', ratePerSecond: 60, durationMs },
    warmUpMs: 0,
    timeoutMs: 5_000,
    virtualUsers: 30,
  };
}

async function withTruth<T>(body: (url: string, end: () => Promise<readonly string[]>) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const words = [programs.truth, '--listen', `${bridge}:0`, '--service', '5ms'];
  const server = await startTruth({ open: (argv) => openHere(argv) }, words, over.signal);
  try {
    return await body(server.url, async () => (await server.end()).entries.map((it) => it.id));
  } finally {
    over.abort();
  }
}

describe('generators on machines of somebody else’s', { timeout: 120_000 }, () => {
  test('send each request once, begin together, and leave nothing there', async () => {
    const scope = new Scope();
    const generators = await Promise.all(machines.map((machine) => acquire(scope, machine)));
    expect(await Promise.all(machines.map(foldersOn))).toEqual([
      expect.stringContaining('/var/tmp/givre-load-'),
      expect.stringContaining('/var/tmp/givre-load-'),
    ]);
    const { result, ids } = await withTruth(async (url, end) => {
      const run = await distributedLoad(generators).run(planFor(url, 3_000), signal, () => {});
      return { result: run, ids: await end() };
    });
    expect(new Set(ids).size).toBe(result.sent);
    expect(ids).toHaveLength(result.sent);
    expect(result).toMatchObject({ ok: result.sent, failed: 0, dropped: 0 });
    expect(result.shares?.map((it) => it.name)).toEqual(generators.map((it) => it.name));
    expect(Math.max(...(result.shares ?? []).map((it) => it.startedNs + it.boundNs))).toBeLessThan(100e6);
    expect(await scope.close()).toEqual([]);
    expect(await Promise.all(machines.map(foldersOn))).toEqual(['', '']);
  });

  test('clean up by themselves when the connection is lost', async () => {
    const [machine] = machines;
    if (machine === undefined) throw new Error('no machine');
    const scope = new Scope();
    await acquire(scope, machine);
    await machine.docker('pkill', '-f', 'sshd.*plain');
    await expect.poll(() => foldersOn(machine), { timeout: 10_000 }).toBe('');
    expect(await scope.close()).toEqual([]);
  });

  test('one of which is lost half-way end the load with its name, and keep what was measured', async () => {
    const [stays, goes] = machines;
    if (stays === undefined || goes === undefined) throw new Error('no machines');
    const scope = new Scope();
    const generators = [await acquire(scope, stays), await acquire(scope, goes)];
    const seconds: LoadSecond[] = [];
    const running = withTruth((url) =>
      distributedLoad(generators).run(planFor(url, 30_000), signal, (second) => {
        seconds.push(second);
        if (seconds.length === 1) void runOrFail(['docker', 'kill', goes.id], 'killing a machine');
      }),
    );
    await expect(running).rejects.toMatchObject({
      code: 'E_LOAD_GENERATOR',
      message: expect.stringContaining(`the generator on ${generators[1]?.name} failed`),
    });
    expect(seconds.length).toBeGreaterThanOrEqual(1);
    expect(seconds[0]?.ok).toBeGreaterThanOrEqual(58);
    expect(await stays.docker('sh', '-c', 'pgrep -f "[r]equest.ts" || true')).toBe('');
    await scope.close();
    expect(await foldersOn(stays)).toBe('');
  });
});
