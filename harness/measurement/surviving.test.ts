import { beforeEach, describe, expect, test } from 'vitest';
import type { Deployable } from '../api/deployable.ts';
import type { System } from '../api/system.ts';
import { GivreError } from '../core/errors.ts';
import type { Upkeep } from '../core/upkeep.ts';
import type { PlatformDeath } from './survival.ts';
import { surviving } from './surviving.ts';

/** A platform that dies at will. */
interface Fake {
  complaint: string | undefined;
  ended: string[];
  canRestart: boolean;
  /** What was done to it. */
  done: string[];
}

let fake: Fake;
let deaths: PlatformDeath[];
beforeEach(() => {
  fake = { complaint: undefined, ended: [], canRestart: true, done: [] };
  deaths = [];
});

const upkeep: Upkeep = {
  complaint: async () => fake.complaint,
  ended: async () => fake.ended,
  services: ['provider', 'gateway'],
  log: async (service) => `started\nUnable to dial: too many open files of ${service}\n`,
  async restart() {
    if (!fake.canRestart) throw new GivreError({ code: 'E_PLATFORM_DIED', message: 'it does not start' });
    fake = { ...fake, complaint: undefined, ended: [], done: [...fake.done, 'restart'] };
  },
};

const deployable: Deployable = {
  ...{ name: 'rust-hello', workload: 'hello', image: 'i', expect: { status: 200 } },
  deployment: { service: 'rust-hello', image: 'i' },
};

function die(ended: string[] = ['gateway']): void {
  fake = { ...fake, complaint: 'connect ECONNREFUSED 127.0.0.1:8080', ended };
}

function unreachable(): void {
  if (fake.complaint !== undefined) throw new GivreError({ code: 'E_GATEWAY_UNREACHABLE', message: fake.complaint });
}

async function never(): Promise<never> {
  throw new Error('not asked for in these tests');
}

type Guarded = Parameters<typeof surviving>[0];
const bare: Guarded = {
  platform: {
    ...{ label: 'control', kind: 'control', version: '1', defects: [], source: 's', digest: null, unsupported: [] },
    digestStatus: 'built-here',
  },
  async deploy({ name }) {
    unreachable();
    fake.done.push(`deploy ${name}`);
  },
  deployIdle: never,
  async remove({ name }) {
    unreachable();
    fake.done.push(`remove ${name}`);
  },
  coldStart: never,
  warm: never,
  load: never,
  burst: never,
  invokeAsync: never,
};

function survivor(changes: Partial<Guarded> = {}, comesBackMs = 600) {
  const signal = new AbortController().signal;
  return surviving({ ...bare, ...changes }, { upkeep, signal, onDeath: (death) => deaths.push(death), comesBackMs });
}

const asynchronous = (work: () => void): Partial<Guarded> => ({
  async invokeAsync() {
    work();
    const outcome: Awaited<ReturnType<System['invokeAsync']>> = {
      ...{ ratePerSecond: 20, durationMs: 1000, payloadBytes: 0, body: null, sent: 20, accepted: 5, calledBack: 4 },
      ...{
        lost: 1,
        unaccepted: 0,
        repeated: 0,
        callbacksPerSecond: 4,
        accept: '',
        callback: '',
        waitedMs: 0,
        givenUp: false,
        gates: [],
        valid: true,
      },
      failures: [],
    };
    return outcome;
  },
});
const wishes = { ratePerSecond: 20, durationMs: 1000, warmUpMs: 0 };

describe('a platform that dies under what is asked of it', () => {
  test('is told of, started again, and has what was deployed deployed again', async () => {
    const system = survivor(asynchronous(die));
    await system.deploy(deployable);
    await system.invokeAsync(deployable, wishes);
    expect(fake.done).toEqual(['deploy rust-hello', 'restart', 'deploy rust-hello']);
    expect(deaths).toMatchObject([
      {
        ...{ platform: 'control', function: 'rust-hello', during: 'asynchronous load', perSecond: 20 },
        ...{ seen: 'connect ECONNREFUSED 127.0.0.1:8080', ended: ['gateway'], recoveredAfterMs: null },
        words: [{ service: 'gateway', line: 'Unable to dial: too many open files of gateway' }],
      },
    ]);
    expect(deaths[0]?.waitedMs).toBeGreaterThanOrEqual(600);
    expect(deaths[0]?.restartedInMs).not.toBeNull();
  });

  test('is found dead although all of its services run, and then all of them are quoted', async () => {
    await survivor(asynchronous(() => die([]))).invokeAsync(deployable, wishes);
    expect(deaths).toMatchObject([{ ended: [], words: [{ service: 'provider' }, { service: 'gateway' }] }]);
  });

  test('is found when the next management call fails, which is then made again', async () => {
    const system = survivor();
    await system.deploy(deployable);
    die();
    await system.remove(deployable);
    expect(fake.done).toEqual(['deploy rust-hello', 'restart', 'remove rust-hello']);
    expect(deaths).toMatchObject([{ during: 'removing' }]);
  });

  test('is found by a service that ended although the gateway answers, where something went wrong', async () => {
    const system = survivor(
      asynchronous(() => {
        fake.ended = ['queue-worker'];
      }),
    );
    await system.invokeAsync(deployable, wishes);
    expect(deaths).toMatchObject([{ seen: 'the gateway still answers', ended: ['queue-worker'] }]);
  });

  test('and comes back by itself is told of, and left alone', async () => {
    const system = survivor(
      asynchronous(() => {
        die();
        setTimeout(() => Object.assign(fake, { complaint: undefined, ended: [] }), 300);
      }),
      5_000,
    );
    await system.invokeAsync(deployable, wishes);
    expect(fake.done).toEqual([]);
    expect(deaths).toMatchObject([{ ended: ['gateway'], recoveredAfterMs: expect.any(Number), restartedInMs: null }]);
  });

  test('is no death where an overload passes: late answers, and all services still run', async () => {
    const system = survivor(
      asynchronous(() => {
        die([]);
        setTimeout(() => Object.assign(fake, { complaint: undefined }), 300);
      }),
      5_000,
    );
    await system.invokeAsync(deployable, wishes);
    expect(deaths).toEqual([]);
  });

  test('is no death where only the call failed', async () => {
    const system = survivor({
      deploy: async () => {
        throw new GivreError({ code: 'E_GATEWAY_ANSWER', message: '400' });
      },
    });
    await expect(system.deploy(deployable)).rejects.toMatchObject({ code: 'E_GATEWAY_ANSWER' });
    expect(deaths).toEqual([]);
  });

  test('and cannot be started again ends the run with what died, told once', async () => {
    fake.canRestart = false;
    const system = survivor(asynchronous(die));
    await expect(system.invokeAsync(deployable, wishes)).rejects.toMatchObject({ code: 'E_PLATFORM_DIED' });
    expect(deaths).toMatchObject([{ ended: ['gateway'], recoveredAfterMs: null, restartedInMs: null }]);
    await expect(system.remove(deployable)).rejects.toMatchObject({ code: 'E_GATEWAY_UNREACHABLE' });
    expect(deaths).toHaveLength(1);
  });
});
