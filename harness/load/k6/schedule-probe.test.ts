import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHere } from '../../core/here.ts';
import { repositoryRoot } from '../../core/paths.ts';
import { loadPrograms } from '../programs.fixture.ts';
import { judgeShift, probeSchedule } from './schedule-probe.ts';

/** From one iteration to the next, as k6 has it, in ns. */
const PERIOD_NS = 109_217;

test.each([
  ['as it was', 200, 'right'],
  ['later by three dropped iterations', 3 * PERIOD_NS + 400, 'right'],
  ['earlier by what the rate alone says', -54_887, 'wrong'],
  ['earlier by that, after seven dropped iterations', 7 * PERIOD_NS - 54_887, 'wrong'],
  ['somewhere between', 30_000, 'unseen'],
])('iterations that begin %s after six seconds are judged', (_, shiftNs, verdict) => {
  expect(judgeShift([9e3, 11e3, shiftNs + 8e3, shiftNs + 9e3])).toMatchObject({
    verdict,
    what: expect.stringContaining(' µs '),
  });
});

test('a generator that began nothing says nothing', () => {
  expect(judgeShift([null, null, null, null])).toMatchObject({ verdict: 'unseen', shiftNs: null });
});

test('a machine on which seconds differ from each other by as much says nothing', () => {
  for (const least of [
    [9e3, 60e3, 200, 200],
    [60e3, 58e3, 40e3, 5e3],
  ]) {
    expect(judgeShift(least)).toMatchObject({ verdict: 'unseen', what: expect.stringContaining('busy machine') });
  }
});

test('the k6 in use sends in whole nanoseconds', async () => {
  const { k6, version } = await loadPrograms();
  const scripts = join(repositoryRoot, 'scenarios/k6');
  const place = { open: (argv: readonly string[]) => openHere(argv) };
  const probe = await probeSchedule({ place, program: k6, scripts, version }, AbortSignal.timeout(60_000));
  // A machine that is too busy to tell is no failure of it.
  expect(probe.verdict).not.toBe('wrong');
});
