import { describe, expect, test } from 'vitest';
import type { ColdStartSample, RunRecord, SentinelSample } from '../../runs/schema.ts';
import { syntheticRun } from '../../runs/synthetic-run.fixture.ts';
import { changeOf } from './sentinel-steady.ts';

const { records } = syntheticRun({ functions: ['rust-hello'], samplesPerCell: 1 });
const kindOf = <K extends RunRecord['kind']>(kind: K) =>
  records.filter((it): it is Extract<RunRecord, { kind: K }> => it.kind === kind);
const REQUESTS = 40;

type Position = SentinelSample['position'];

interface Seen {
  readonly sentinels: readonly SentinelSample[];
  readonly samples: readonly ColdStartSample[];
}

/** A run of so many blocks; null: answered wrong. */
function runOf(
  blocks: number,
  latencyMs: (block: number, position: Position, request: number) => number | null,
  platform = 'control',
): Seen {
  const [template] = kindOf('sentinel');
  const [start] = kindOf('coldstart');
  if (template === undefined || start === undefined) throw new Error('the fixture has changed');
  const numbers = Array.from({ length: blocks }, (_, block) => block);
  const sentinels = numbers.flatMap((block) =>
    (['before', 'after'] as const).flatMap((position) =>
      Array.from({ length: REQUESTS }, (_, round) => {
        const ms = latencyMs(block, position, round);
        return { ...template, platform, block, position, round, correct: ms !== null, latencyNs: (ms ?? 1) * 1e6 };
      }),
    ),
  );
  return { sentinels, samples: numbers.map((block) => ({ ...start, platform, block })) };
}

function judge({ sentinels, samples }: Seen, { interrupted = false, lanes = 1 } = {}) {
  return changeOf(sentinels, samples, { interrupted, lanes });
}

describe('warm requests before and after blocks', () => {
  test('all alike, the machine is the one that it was', () => {
    expect(judge(runOf(4, () => 2)).ok).toBe(true);
    expect(judge(runOf(1, () => 2)).ok).toBe(true);
  });

  test.each<[string, number, Parameters<typeof runOf>[1]]>([
    ['all answered wrong', 4, () => null],
    ['silent in the second half', 4, (block) => (block < 2 ? 2 : null)],
    [
      'half of one group answered wrong',
      4,
      (block, at, i) => (block === 3 && at === 'after' && i % 2 === 0 ? null : 2),
    ],
    ['10 × slower in the middle half', 4, (block) => (block === 1 || block === 2 ? 20 : 2)],
    [
      '10 × slower from the middle of one block to that of the next',
      2,
      (block, at) => ((block === 0) === (at === 'after') ? 20 : 2),
    ],
    ['3 × slower after each block than before it', 4, (_block, at) => (at === 'after' ? 6 : 2)],
    ['3 × slower after the only block', 1, (_block, at) => (at === 'after' ? 6 : 2)],
    ['1.6 × slower from the middle on', 4, (block) => (block < 2 ? 2 : 3.2)],
    ['1.6 × quicker from the middle on', 4, (block) => (block < 2 ? 3.2 : 2)],
    ['3 × slower in one block of eight', 8, (block) => (block === 3 ? 6 : 2)],
    ['10 × slower once', 8, (block, at) => (block === 3 && at === 'after' ? 20 : 2)],
  ])('%s, it is not', (_what, blocks, latencyMs) => {
    expect(judge(runOf(blocks, latencyMs)).ok).toBe(false);
  });

  test('a moment of noise, and a wrong answer now and then, are forgiven', () => {
    expect(judge(runOf(4, (block, at) => (block === 3 && at === 'after' ? 6 : 2))).ok).toBe(true);
    expect(judge(runOf(4, (_block, _at, i) => (i % 10 === 0 ? null : 2))).ok).toBe(true);
  });

  test('each platform is looked at by itself, and so is each machine', () => {
    const good = runOf(4, () => 2);
    const bad = runOf(4, (block) => (block < 2 ? 2 : 20), 'faasd');
    const both = { sentinels: [...good.sentinels, ...bad.sentinels], samples: [...good.samples, ...bad.samples] };
    expect(judge(both)).toMatchObject({ ok: false, measured: expect.stringMatching(/^faasd: the second half/) });
    // Two machines that take turns are not one that changes.
    const turns = runOf(8, (block) => (block % 2 === 0 ? 2 : 10));
    expect(judge(turns, { lanes: 2 }).ok).toBe(true);
    const second = runOf(8, (block) => (block % 2 === 1 && block >= 4 ? 20 : 2));
    expect(judge(second, { lanes: 2 }).measured).toMatch(/^control, machine 2: the second half/);
  });

  test('requests that are missing count as infinitely slow', () => {
    const whole = runOf(4, () => 2);
    const without = (gone: (it: SentinelSample) => boolean) =>
      judge({ ...whole, sentinels: whole.sentinels.filter((it) => !gone(it)) });
    expect(without((it) => it.block === 2 && it.position === 'after')).toMatchObject({
      ok: false,
      measured: expect.stringContaining('after block 2 on control'),
    });
    expect(without((it) => it.block === 2 && it.round >= REQUESTS / 2).ok).toBe(false);
    expect(without(() => true).ok).toBe(null);
  });

  test('a run that was interrupted is judged by the requests that it had sent', () => {
    const { sentinels, samples } = runOf(4, () => 2);
    const begun = sentinels.filter((it) => it.block < 3 || it.position === 'before');
    expect(judge({ sentinels: begun, samples }, { interrupted: true }).ok).toBe(true);
  });
});
