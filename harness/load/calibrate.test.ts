import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import { run } from '../core/subprocess.ts';
import { calibrationSchema } from '../runs/schema.ts';
import { type CalibrationOptions, calibrate } from './calibrate.ts';
import { readCounters } from './counters.ts';
import { k6Load } from './k6/run.ts';
import { loadPrograms } from './programs.fixture.ts';
import { startTruth } from './truth.ts';
import { profiles, stallProfile } from './truth-profiles.ts';

/*
 * The real generator against the real server, a few seconds each. Whether a measurement is valid depends on what else the
 * machine does; what must hold on any machine is that nothing is lost, and that nothing wrong is called right.
 */

const scripts = join(repositoryRoot, 'scenarios/k6');
const place = { open: (argv: readonly string[]) => openHere(argv) };
let programs: Awaited<ReturnType<typeof loadPrograms>>;

beforeAll(async () => {
  programs = await loadPrograms();
});

function optionsFor(names: readonly string[], choice: Partial<CalibrationOptions> = {}): CalibrationOptions {
  const signal = AbortSignal.timeout(60_000);
  return {
    load: k6Load({ place, program: programs.k6, scripts, version: programs.version }),
    place,
    counters: () => readCounters({ name: 'this machine', exec: run }, signal),
    truthProgram: programs.truth,
    profiles: profiles.filter((it) => names.includes(it.name)),
    ratePerSecond: 100,
    durationMs: 4_000,
    warmUpMs: 0,
    // A few seconds are too few for these.
    without: ['warmed-up', 'steady'],
    seed: 1,
    signal,
    progress: () => {},
    ...choice,
  };
}

async function row(name: string, choice: Partial<CalibrationOptions> = {}) {
  const [first] = await calibrate(optionsFor([name], choice));
  if (first === undefined) throw new Error(`no profile ${name}`);
  return first;
}

describe('a calibration', () => {
  test('finds each request in the server’s own log, and the true figures of a server that stands still', async () => {
    // Not four seconds: half of the requests would meet the stall, and the median lie where one rank is worth 10 ms.
    const stall = await row('stall', { durationMs: 6_000 });
    const { sent, received, recorded, missing, repeated, failed } = stall;
    expect({ received, recorded, missing, repeated, failed }).toEqual({
      received: sent,
      recorded: sent,
      missing: 0,
      repeated: 0,
      failed: 0,
    });
    expect(stall.figures.map((it) => it.quantile)).toEqual([0.5, 0.9, 0.99]);
    // A third of the requests come during two seconds of standing still.
    expect(stall.figures[2]?.truthNs).toBeGreaterThan(1.8e9);
    expect(stall.figures[2]?.measuredNs).toBeGreaterThan(1.8e9);
    expect(stall.verdict).not.toBe('wrong');
  });

  test.each([
    [1_000, 1_500],
    [3_200, 1_500],
    [8_000, 800],
  ])(
    'has a stall from %i ms on, for %i ms, in its figures wherever it is, or in its warm-up',
    async (atMs, stallMs) => {
      // All its gates are asked, and it is as long as a measurement has to be.
      const load = { warmUpMs: 3_000, durationMs: 12_000, virtualUsers: 250, without: [] };
      const [stall] = await calibrate(optionsFor([], { ...load, profiles: [stallProfile(stallMs, atMs)] }));
      expect(stall).toMatchObject({ warmUpMs: 3_000, planned: 1_500, failed: 0, missing: 0, repeated: 0 });
      expect(stall?.verdict).not.toBe('wrong');
      expect([stall?.recorded, stall?.received]).toEqual([stall?.sent, stall?.sent]);
      const p99 = stall?.figures.find((it) => it.quantile === 0.99);
      if (p99 === undefined) throw new Error('no p99');
      // What stands still while the warm-up is on is none of the measurement's; whatever else the machine does is less.
      const wanted = atMs < 3_000 ? [0, 0.8 * stallMs * 1e6] : [0.8 * stallMs * 1e6, Number.POSITIVE_INFINITY];
      for (const ns of [p99.truthNs, p99.measuredNs]) {
        expect(ns).toBeGreaterThan(wanted[0] ?? 0);
        expect(ns).toBeLessThan(wanted[1] ?? 0);
      }
    },
  );

  test('flags a server that drops connections', async () => {
    const drop = await row('drop');
    expect(drop.cut).toBeGreaterThan(0);
    expect(drop).toMatchObject({ verdict: 'flagged', asWanted: true, failed: drop.cut });
  });

  test('sees the requests that the generator has repeated and told nobody of', async () => {
    const bait = await row('retry-bait');
    expect(bait).toMatchObject({ verdict: 'flagged', failed: 0, received: bait.sent + bait.cut });
    expect(bait.repeated).toBeGreaterThan(0);
  });

  test('flags a generator with too few virtual users', async () => {
    const few = await row('stall', { virtualUsers: 20 });
    expect(few.dropped).toBeGreaterThan(0);
    expect(few.verdict).toBe('flagged');
    expect(few.reasons.join()).toContain('none-dropped');
  });

  test('flags a wall clock that was set meanwhile', async () => {
    let reading = 0;
    const clock = () => reading++ * 40e6;
    const { verdict, reasons } = await row('constant', { durationMs: 2_000, clock });
    expect(verdict).toBe('flagged');
    expect(reasons).toContain('clock-steady: the wall clock moved by 40.00 ms (limit 1 ms)');
  });

  test('can be stored and read back', async () => {
    const generator = { name: 'k6', version: programs.version };
    const rows = [await row('constant', { durationMs: 2_000 })];
    const tried = { ratePerSecond: 9_156, durationMs: 6_000, shiftNs: 0 };
    const schedule = { ...tried, verdict: 'right', what: 'as we think' } as const;
    const calibration = {
      schemaVersion: 1,
      kind: 'calibration',
      at: new Date().toISOString(),
      generator,
      schedule,
      ok: true,
      rows,
    };
    expect(calibrationSchema.parse(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration);
    // 200 requests are too few for a p99.
    expect(rows[0]?.figures.map((it) => it.within !== null)).toEqual([true, true, false]);
  });

  test('stops when it is told to, and leaves no process behind', async () => {
    const abort = new AbortController();
    const begun = performance.now();
    const running = calibrate(optionsFor(['constant'], { durationMs: 30_000, seed: 8_675_309, signal: abort.signal }));
    setTimeout(() => abort.abort(new DOMException('interrupted', 'AbortError')), 3_000);
    await expect(running).rejects.toThrow('interrupted');
    expect(performance.now() - begun).toBeLessThan(10_000);
    // Generator and server both have the seed among their words.
    const left = await run(['pgrep', '-f', '8675309']);
    expect(left.stdout).toBe('');
  });
});

describe('the server of known times', () => {
  test('says why it did not start', async () => {
    const starting = startTruth(place, [programs.truth, '--profile', 'sine'], AbortSignal.timeout(10_000));
    await expect(starting).rejects.toMatchObject({
      code: 'E_TRUTH_SERVER',
      hint: expect.stringContaining('unknown profile "sine"'),
    });
    const missing = startTruth(place, ['/nonexistent/truth'], AbortSignal.timeout(10_000));
    await expect(missing).rejects.toMatchObject({ code: 'E_TRUTH_SERVER' });
  });
});
