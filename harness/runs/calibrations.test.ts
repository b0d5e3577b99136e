import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { calibrationWords, rememberCalibration } from './calibrations.ts';
import { type Calibration, type CalibrationRow, calibrationSchema } from './schema.ts';

type Ending = Pick<CalibrationRow, 'profile' | 'wanted' | 'verdict'>;

function calibration(...endings: readonly Ending[]): Calibration {
  const rows = endings.map((it) => ({ ...sound, ...it, asWanted: it.verdict === it.wanted }));
  const head = { schemaVersion: 1, kind: 'calibration', at: '2026-11-27T12:00:00.000Z' } as const;
  return { ...head, generator: { name: 'k6', version: '2.1.0' }, schedule, ok: rows.every((it) => it.asWanted), rows };
}

const schedule: Calibration['schedule'] = {
  ...{ ratePerSecond: 9_156, durationMs: 6_000, shiftNs: 210 },
  ...{ verdict: 'right', what: '0.2 µs away from whole nanoseconds' },
};
const sound = {
  ...{
    seed: 1,
    ratePerSecond: 100,
    durationMs: 6_000,
    warmUpMs: 5_000,
    virtualUsers: 270,
    planned: 600,
    sent: 600,
    failed: 0,
  },
  ...{ dropped: 0, recorded: 600, received: 600, repeated: 0, missing: 0, cut: 0, cpuShare: 0.1 },
  ...{ arrivalLagNs: 1e6, gates: [], reasons: [] },
  figures: [{ quantile: 0.5, truthNs: 5e6, measuredNs: 5.1e6, within: true }],
};
const right: Ending = { profile: 'constant', wanted: 'right', verdict: 'right' };
const noisy: Ending = { profile: 'stall', wanted: 'right', verdict: 'flagged' };
const bait: Ending = { profile: 'drop', wanted: 'flagged', verdict: 'flagged' };

test('a generator is trusted when every profile ended as wanted', () => {
  expect(calibrationWords(calibration(right, bait))).toMatchObject({
    ok: true,
    what: expect.stringContaining('2 of 2 profiles as wanted'),
  });
});

test('a profile that a busy machine has spoiled speaks neither for nor against the generator', () => {
  expect(calibrationWords(calibration(right, noisy, bait))).toMatchObject({
    ok: true,
    what: expect.stringContaining('2 of 3 profiles as wanted; on a busy machine stall said nothing'),
  });
  expect(calibrationWords(calibration(noisy, bait)).ok).toBeNull();
});

test('one profile that was right is not enough where a busy machine has spoiled the others', () => {
  const spoiled = ['lognormal', 'bimodal', 'stall', 'drift'].map((profile): Ending => ({ ...noisy, profile }));
  expect(calibrationWords(calibration(right, ...spoiled))).toMatchObject({
    ok: null,
    what: expect.stringContaining('1 of 5 profiles as wanted'),
  });
});

test('a profile goes by its last try, unless it was called valid and wrong in an earlier one', () => {
  expect(calibrationWords(calibration(noisy, right, bait, { ...noisy, verdict: 'right' }))).toMatchObject({
    ok: true,
    what: expect.stringContaining('3 of 3 profiles as wanted ('),
  });
  const silent: Ending = { ...noisy, verdict: 'wrong' };
  expect(calibrationWords(calibration(silent, right, bait, { ...noisy, verdict: 'right' })).ok).toBe(false);
});

test('a generator that sends at other times than we think is not trusted, whatever its profiles', () => {
  const kept = { ...calibration(right, bait), schedule: { ...schedule, verdict: 'wrong' } } as const;
  expect(calibrationWords(kept)).toMatchObject({ ok: false, what: expect.stringContaining('schedule: ') });
  const busy = { ...calibration(right, bait), schedule: { ...schedule, verdict: 'unseen' } } as const;
  expect(calibrationWords(busy)).toMatchObject({
    ok: true,
    what: expect.stringContaining('the schedule was not seen'),
  });
});

test.each<[Ending, string]>([
  [{ profile: 'stall', wanted: 'right', verdict: 'wrong' }, 'stall was called valid and is wrong'],
  [{ profile: 'retry-bait', wanted: 'flagged', verdict: 'right' }, 'retry-bait was called valid'],
])('a generator is not trusted after %j', (ending, what) => {
  expect(calibrationWords(calibration(right, ending, bait))).toMatchObject({
    ok: false,
    what: expect.stringContaining(what),
  });
});

test('a calibration is kept as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'givre-calibration-'));
  try {
    const kept = calibration(right, noisy, bait);
    const path = join(folder, 'deep', 'calibration.json');
    await rememberCalibration(kept, path);
    expect(calibrationSchema.parse(JSON.parse(await readFile(path, 'utf8')))).toEqual(kept);
  } finally {
    await rm(folder, { recursive: true });
  }
});
