import { describe, expect, test } from 'vitest';
import type { Run } from '../harness/runs/run.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { syntheticRun } from '../harness/runs/synthetic-run.fixture.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const EVERYTHING: SyntheticLoadOptions = {
  scenarios: ['latency', 'payload', 'throughput', 'soak', 'memory', 'burst'],
  platforms: ['control', 'faasd 0.19.0'],
  paths: ['gateway', 'direct'],
  rates: [50, 200],
  payloads: [0, 65_536],
  blocks: 3,
};

const VECTOR = { from: 'vector', name: '300 items', contentType: 'application/json', checked: 'answer' } as const;

function terminal(run: Run): string {
  return terminalReport(summarise(run), { colour: false });
}

function lineOf(text: string, start: string): string[] {
  const line = text.split('\n').find((it) => it.startsWith(start));
  return line?.split(/\s+/) ?? [];
}

describe('the terminal report of load', () => {
  test('fits 100 columns with every scenario, and with long names', () => {
    const long = { functions: [`rust-${'very-long-'.repeat(12)}hello`, 'go-hello'], invalidTrials: [0] };
    for (const text of [terminal(syntheticLoadRun(EVERYTHING)), terminal(syntheticLoadRun(long))]) {
      expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100);
    }
  });

  test('says where generators shared hardware with what they measured, or may have', () => {
    const run = syntheticLoadRun({ rates: [100] });
    const generator = { virtualisation: 'kvm', cores: 2, flavor: null, hypervisor: null, sharesHardware: false };
    const withGenerators = (...shares: readonly (boolean | null)[]): string => {
      const generators = shares.map((sharesHardware) => ({ ...generator, sharesHardware }));
      const text = terminal({ ...run, manifest: { ...run.manifest, generators } });
      return text.replaceAll(/\s+/g, ' ');
    };
    expect(withGenerators()).not.toContain('hardware');
    expect(withGenerators(false, false)).not.toContain('hardware');
    expect(withGenerators(true)).toContain('The generator ran on the same hardware as what was measured');
    expect(withGenerators(true, false, true)).toContain('2 of 3 generators ran on the same hardware');
    expect(withGenerators(null, false)).toContain('1 of 2 generators may have run on the same hardware');
  });

  test('names the hypervisor where the cloud said that a generator shared it', () => {
    const run = syntheticLoadRun({ rates: [100] });
    const server = {
      virtualisation: 'kvm',
      cores: 2,
      flavor: 'm1.small: 2 vCPU',
      hypervisor: 'a1',
      sharesHardware: true,
    };
    const other = { ...server, hypervisor: 'b2', sharesHardware: false };
    const text = terminal({ ...run, manifest: { ...run.manifest, generators: [server, other] } });
    expect(text.replaceAll(/\s+/g, ' ')).toContain('1 of 2 generators ran on the same hypervisor as what was measured');
  });

  test('says in the heading what is the same in all rows, and in columns what differs', () => {
    const one = terminal(syntheticLoadRun({ rates: [100] }));
    expect(one).toContain('control, latency, through the gateway, at 100/s: ms from when the request was due');
    const several = terminal(syntheticLoadRun({ rates: [50, 100] }));
    expect(lineOf(several, 'function').slice(0, 3)).toEqual(['function', 'load', 'valid']);
    expect(lineOf(several, 'rust-hello')[1]).toBe('50/s');
  });

  test('has no tables of cold starts, as a run of cold starts has none of load', () => {
    expect(terminal(syntheticLoadRun())).not.toContain('first correct answer');
    expect(terminal(syntheticRun({ samplesPerCell: 2 }))).not.toContain('was due');
  });

  test('shows dashes instead of the numbers of an invalid measurement, and a line that says why', () => {
    const text = terminal(syntheticLoadRun({ functions: ['rust-hello'], invalidTrials: [0] }));
    expect(lineOf(text, 'rust-hello')).toEqual(['rust-hello', '0/1', '–', '–', '–', '–', '–', '–', '–', '–']);
    expect(text.replaceAll('\n  ', ' ')).toContain(
      'INVALID control latency rust-hello gateway 100/s 0 B, block 0, measurement 0: ' +
        'dropped: 12 requests were dropped (limit 0). What is not sent is not measured',
    );
  });

  test('shows what is sustained, from where on it breaks, and why', () => {
    const text = terminal(syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['throughput'] }));
    expect(text).toContain('sustained with p99<50ms');
    expect(lineOf(text, 'rust-hello').slice(0, 8)).toEqual(
      expect.arrayContaining(['rust-hello', 'gateway', '400', '600']),
    );
    expect(text).toContain('rust-hello gateway: 1 of 1 blocks: 600/s not sustained: p99 61.2 ms (p99<50ms)');
    expect(text).toContain(
      'rust-hello gateway: found in 1 ramp and 4 steps; doubling from a low rate would have taken 8 steps',
    );
  });

  test('shows memory at each moment, and what one more function costs', () => {
    const text = terminal(syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['memory'] }));
    expect(text).toContain('one more rust-hello, idle, costs the machine 10.1 MiB');
    expect(lineOf(text, '           loaded').slice(1, 4)).toEqual(['loaded', expect.stringMatching(/^\d/), 'MiB']);
  });

  test('shows bursts with the wrong first answers by status', () => {
    const text = terminal(syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['burst'] }));
    expect(text).toContain('L1 rust-hello, 32 at once: first answers wrong: 3 × 502 by gateway');
    expect(lineOf(text, 'L1 rust-hello')).toEqual(expect.arrayContaining(['8', '8/8']));
  });

  test('says what was sent, and how closely answers were looked at', () => {
    const document = { payloads: [20_814], scenarios: ['payload'] as const, body: VECTOR };
    expect(terminal(syntheticLoadRun(document)).replaceAll(/\s+/g, ' ')).toContain(
      'rust-hello, go-hello: POST with 20814 bytes: vector “300 items”, application/json; each answer was compared byte by byte',
    );
    const nothing = { ...VECTOR, from: 'letters', name: null, contentType: null, checked: 'status' } as const;
    expect(terminal(syntheticLoadRun({ body: nothing })).replaceAll(/\s+/g, ' ')).toContain(
      'POST without a body; of each answer only the status was looked at',
    );
    expect(terminal(syntheticLoadRun())).not.toContain('POST');
  });

  test('says how far a killed run has come', () => {
    expect(terminal(syntheticLoadRun({ killed: true })).replaceAll('\n', ' ')).toContain(
      '2 measurements of load are there',
    );
  });
});
