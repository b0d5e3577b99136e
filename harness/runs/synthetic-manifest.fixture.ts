import type { FunctionRecord, Level, Manifest, PlatformRecord } from './schema.ts';

/** Invented numbers for tests of reports; never shown to anybody as a measurement. */
export interface SyntheticOptions {
  readonly seed?: number;
  readonly platforms?: readonly string[];
  readonly functions?: readonly string[];
  readonly levels?: readonly Level[];
  readonly samplesPerCell?: number;
  /** Per platform. */
  readonly blocks?: number;
  /** Without verdict and end, as a killed run leaves it. */
  readonly killed?: boolean;
}

const COMPRESSED = new Map(Object.entries({ rust: 620_000, go: 2_400_000, node: 41_000_000, python: 18_000_000 }));
const UNPACKED = new Map(Object.entries({ rust: 1_400_000, go: 6_100_000, node: 122_000_000, python: 61_000_000 }));

export function syntheticManifest(options: SyntheticOptions): Manifest {
  return {
    schemaVersion: 1,
    runId: '20260101T000000Z-synthetic',
    givreVersion: '0.1.0',
    scenario: 'coldstart',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: options.killed ? null : '2026-01-01T00:04:00.000Z',
    command: ['bench', '--scenario', 'coldstart'],
    seed: options.seed ?? 1,
    target: 'container',
    platformChoice: 'auto: faasd could not be had within 3 s (no network), so control was taken',
    platforms: (options.platforms ?? ['control']).map(platformOf),
    functions: (options.functions ?? ['rust-hello', 'go-hello', 'node-hello', 'python-hello']).map(functionOf),
    unavailable: [],
    load: null,
    levels: [...(options.levels ?? ['L1'])],
    samplesPerCell: options.samplesPerCell ?? 40,
    machineSamplesPerCell: null,
    blocks: (options.blocks ?? 1) * (options.platforms ?? ['control']).length,
    pollSpacingMs: 2,
    cacheWaitMs: 300,
    components: [
      {
        name: 'gateway',
        version: '0.27.12',
        commit: '0123456789abcdef0123456789abcdef01234567',
        licence: 'MIT',
        source: 'https://example.org/gateway',
        digest: `sha256:${'ab'.repeat(32)}`,
      },
      { name: 'containerd', version: '1.7.24', commit: null, licence: 'Apache-2.0', source: 'Debian 13', digest: null },
    ],
    machines: [],
    generators: [],
    forecast: null,
    timings: null,
    environment: {
      cpuModel: 'Synthetic CPU @ 2.00GHz',
      cores: 2,
      memoryBytes: 24 * 2 ** 30,
      kernel: '6.18.0',
      os: 'Debian GNU/Linux 13 (trixie)',
      harnessOs: 'Debian GNU/Linux 12 (bookworm)',
      cgroup: 'v1',
      node: 'v24.21.0',
      docker: '20.10.24',
      load1: 0.21,
    },
  };
}

function platformOf(label: string): PlatformRecord {
  const kind = label.startsWith('faasd') ? 'faasd' : 'control';
  return {
    label,
    kind,
    version: kind === 'faasd' ? '0.19.0' : '0.1.0',
    defects: label.includes('--like') ? ['no-readiness', 'leak-cni'] : [],
    source: kind === 'faasd' ? 'https://github.com/openfaas/faasd/releases' : 'built here',
    digest: `sha256:${'cd'.repeat(32)}`,
    digestStatus: kind === 'faasd' ? 'unpinned' : 'built-here',
    unsupported: kind === 'faasd' ? [{ level: 'L3', reason: 'images stay in containerd after a delete' }] : [],
  };
}

function functionOf(name: string): FunctionRecord {
  const [language = 'unknown', workload = 'unknown'] = name.split('-');
  return {
    name,
    language,
    workload,
    image: `127.0.0.1:5000/${name}@sha256:${'ef'.repeat(32)}`,
    digest: `sha256:${'ef'.repeat(32)}`,
    compressedBytes: COMPRESSED.get(language) ?? null,
    unpackedBytes: UNPACKED.get(language) ?? null,
    layers: language === 'rust' ? 1 : 4,
    user: '1000',
    watchdog: null,
    baseDigest: language === 'rust' ? null : `sha256:${'0b'.repeat(32)}`,
    dependencies: language === 'rust' ? [{ name: 'hyper', version: '1.12.0', ecosystem: 'cargo' }] : null,
  };
}
