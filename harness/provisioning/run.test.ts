import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GivreError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { stateFolder } from '../core/paths.ts';
import { isRunAlive } from '../runs/lock.ts';
import { type Place, type RunPlan, type RunWork, withRun } from './run.ts';

const RUN = 'test-20261130-120000-abcd';

let folder: string;
/** What happened, in order. */
let events: string[];
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-run-'));
  vi.stubEnv('XDG_STATE_HOME', folder);
  [events, said] = [[], []];
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const output = { result: () => {}, status: () => {}, note: (line: string) => void said.push(line) };

/** A place with machines called `machine …`, of which nothing is real. */
function fakePlace(choice: Partial<Place> = {}): Place {
  return {
    isMachine: (what) => what.startsWith('machine '),
    async audit() {
      events.push(`looked, ${(await isRunAlive(RUN)) ? 'still locked' : 'unlocked'}`);
      return [];
    },
    reapCommand: 'npm run reap -- --yes --run this',
    async close() {
      events.push('closed the place');
    },
    ...choice,
  };
}

function planOf(choice: Partial<RunPlan<Place>> = {}, place: Partial<Place> = {}): RunPlan<Place> {
  return { runId: RUN, keep: false, longestMs: 0, open: async () => fakePlace(place), ...choice };
}

type Work = RunWork<Place>;

/** Makes something, as all who make something do: its removal is registered before it is there. */
async function make({ scope }: Work, what: string): Promise<void> {
  await scope.defer(what, async () => {
    events.push(`removed ${what}${(await isRunAlive(RUN)) ? '' : ', unlocked'}`);
  });
}

async function makeStubborn({ scope }: Work, what: string): Promise<void> {
  await scope.defer(what, async () => {
    throw new Error('still in use');
  });
}

async function run(
  use: (run: Work) => Promise<unknown>,
  { plan = planOf(), signal = new AbortController().signal, exitCode = exitCodes.ok as 0 | 3 } = {},
) {
  return await withRun(plan, { output, signal }, async (work) => {
    await use(work);
    return { exitCode, found: 42 };
  });
}

const locks = (): Promise<readonly string[]> => readdir(join(stateFolder(), 'locks')).catch(() => []);

describe('a run that comes to its end', () => {
  test('is locked until all that it made is removed, last made first, and says what it has come to', async () => {
    const ended = await run(
      async (work) => {
        expect(await isRunAlive(RUN)).toBe(true);
        await make(work, 'machine a');
        await make(work, 'agent on a');
        events.push('measured');
      },
      { exitCode: exitCodes.invalid },
    );
    expect(ended).toEqual({ exitCode: 3, found: 42 });
    expect(events).toEqual([
      'measured',
      'removed agent on a',
      'removed machine a',
      'looked, unlocked',
      'closed the place',
    ]);
    expect(said).toEqual([]);
    expect(await locks()).toEqual([]);
  });

  test('ends with 5 where a machine could not be removed, and says which, and how to', async () => {
    const ended = await run(async (work) => {
      await make(work, 'machine a');
      await makeStubborn(work, 'machine b');
    });
    expect(ended).toEqual({ exitCode: 5, found: 42 });
    expect(events).toContain('removed machine a');
    expect(said).toEqual([
      'could not remove machine b: still in use',
      'left behind: machine b',
      'remove it with:',
      '  npm run reap -- --yes --run this',
    ]);
  });

  test('is well where what could not be undone went with its machine', async () => {
    expect((await run((work) => makeStubborn(work, 'agent on a'))).exitCode).toBe(0);
    expect(said).toEqual(['could not remove agent on a: still in use']);
  });

  test('ends with 5 where the place has something of it, or cannot tell', async () => {
    const found = planOf({}, { audit: async () => ['machine a', 'port p1'] });
    expect((await run((work) => makeStubborn(work, 'machine a'), { plan: found })).exitCode).toBe(5);
    expect(said.filter((line) => line.startsWith('left behind'))).toEqual([
      'left behind: machine a',
      'left behind: port p1',
    ]);
    const blind = planOf({}, { audit: () => Promise.reject(new Error('no answer')) });
    expect((await run(async () => {}, { plan: blind })).exitCode).toBe(5);
    expect(said).toContain('left behind: unknown: no answer');
  });

  test('does not wait for ever for a place that does not answer, nor for one that does not close', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const never = () => new Promise<never>(() => {});
    const ending = run(async () => {}, { plan: planOf({}, { audit: never, close: never }) });
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(60_000);
      expect(said).toContain('warning: closing the place of this run did not come to an end within 30 s');
    });
    expect((await ending).exitCode).toBe(5);
    expect(said[0]).toBe('left behind: unknown: looking for what is left did not come to an end within 240 s');
  });

  test('leaves its machines alone where they are to be kept, and says how to remove them', async () => {
    const plan = planOf({ keep: true }, { audit: async () => ['machine a'] });
    const ended = await run(
      async (work) => {
        await make(work, 'machine a');
        await make(work, 'agent on a');
      },
      { plan },
    );
    expect(ended.exitCode).toBe(0);
    expect(events).toEqual(['removed agent on a', 'closed the place']);
    expect(said).toEqual([
      'machines are kept, as asked; remove them when you are done:',
      '  npm run reap -- --yes --run this',
    ]);
    expect(await locks()).toEqual([]);
  });
});

describe('a run that fails', () => {
  const failure = new GivreError({ code: 'E_DISK_FULL', message: 'the disk is full', hint: 'make room' });
  const failing = async (work: Work): Promise<never> => {
    await make(work, 'machine a');
    throw failure;
  };

  test('has all removed first, and then fails with what it failed with', async () => {
    await expect(run(failing)).rejects.toBe(failure);
    expect(events).toEqual(['removed machine a', 'looked, unlocked', 'closed the place']);
    expect(await locks()).toEqual([]);
  });

  test('and leaves something behind ends with 5, and with the words of its failure', async () => {
    const plan = planOf({}, { audit: async () => ['port p1'] });
    await expect(run(failing, { plan })).rejects.toMatchObject({
      ...{ code: 'E_DISK_FULL', message: 'the disk is full', hint: 'make room', exitCode: 5, cause: failure },
    });
    expect(said).toContain('left behind: port p1');
  });

  test('because of a fault elsewhere fails with that, and not with what the fault has broken', async () => {
    const stop = new AbortController();
    const broken = run(
      async () => {
        stop.abort(failure);
        throw new Error('the connection was closed');
      },
      { signal: stop.signal },
    );
    await expect(broken).rejects.toBe(failure);
  });

  test('while it is interrupted is an interruption, whatever is left behind', async () => {
    const stop = new AbortController();
    const wanted = new DOMException('interrupted', 'AbortError');
    const interrupted = run(
      async (work) => {
        await makeStubborn(work, 'machine a');
        stop.abort(wanted);
        throw new Error('a program was killed');
      },
      { signal: stop.signal },
    );
    await expect(interrupted).rejects.toBe(wanted);
    expect(said).toContain('left behind: machine a');
  });

  test('removes what is made while it already cleans up', async () => {
    let late: Promise<void> = Promise.resolve();
    await run(async (work) => {
      await work.scope.defer('machine a', async () => {
        late = make(work, 'machine b');
        await late.catch(() => {});
      });
    });
    await expect(late).rejects.toThrow('machine b was created after the run had begun to clean up');
    expect(events).toContain('removed machine b');
  });
});

describe('a place that cannot be opened', () => {
  test('leaves nothing open, and its lock is gone', async () => {
    const failure = new GivreError({ code: 'E_FLAVOR_UNKNOWN', message: 'no such flavor' });
    const plan = planOf({
      async open({ scope }) {
        expect(await isRunAlive(RUN)).toBe(true);
        await scope.defer('journal', async () => void events.push('closed the journal'));
        throw failure;
      },
    });
    const used = vi.fn();
    await expect(run(used, { plan })).rejects.toBe(failure);
    expect(used).not.toHaveBeenCalled();
    expect(events).toEqual(['closed the journal']);
    expect(await locks()).toEqual([]);
  });

  test('because somebody wanted an end is an interruption', async () => {
    const stop = new AbortController();
    const wanted = new DOMException('interrupted', 'AbortError');
    const plan = planOf({
      async open() {
        stop.abort(wanted);
        throw new Error('the request was aborted');
      },
    });
    await expect(run(async () => {}, { plan, signal: stop.signal })).rejects.toBe(wanted);
  });
});

test('one run of a name at a time', async () => {
  await run(async () => {
    await expect(run(async () => {})).rejects.toThrow('EEXIST');
    expect(await isRunAlive(RUN)).toBe(true);
  });
  expect(await locks()).toEqual([]);
});
