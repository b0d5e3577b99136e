import { describe, expect, test } from 'vitest';
import { nameBefore, type PlannedPlatform } from '../planning/platform-choice.ts';
import type { FaasdBinary } from '../platforms/faasd/obtain.ts';
import { describePlatforms } from './platforms.ts';

const control: PlannedPlatform = { kind: 'control', label: 'control', defects: [], like: undefined };
const faasd: PlannedPlatform = { kind: 'faasd', path: '/opt/faasd' };
const existing: PlannedPlatform = { kind: 'existing' };

const binary: FaasdBinary = {
  path: '/opt/faasd',
  version: '0.19.0',
  source: '/opt/faasd',
  digest: `sha256:${'0'.repeat(64)}`,
  digestStatus: 'unchecked',
};

const same: PlannedPlatform = { ...faasd };

function labelsOf(platforms: readonly PlannedPlatform[]): readonly string[] {
  const plan = { platforms, options: { coreServices: 'ours', acceptCeEula: false } } as const;
  const binaries = new Map([faasd, same].map((it) => [it, binary]));
  return describePlatforms(plan, binaries, undefined, []).map(({ record }) => record.label);
}

describe('a planned platform', () => {
  test('is called faasd before it was asked only where it is one', () => {
    expect([control, faasd, existing].map(nameBefore)).toEqual([
      'control',
      'faasd=/opt/faasd',
      'existing, not asked yet',
    ]);
  });

  test('becomes what it was planned as, and two of one version are told apart', () => {
    const labels = ['faasd as found', 'faasd 0.19.0', 'control', 'faasd 0.19.0 (2)'];
    expect(labelsOf([existing, faasd, control, same])).toEqual(labels);
  });

  test('of a kind that nobody has described is not taken for an installation that is there already', () => {
    expect(() => labelsOf([JSON.parse('{"kind": "openfaas-pro"}')])).toThrow();
  });
});
