import type { CapacitySample, Level, Manifest, Path, SentBody } from '../harness/runs/schema.ts';
import { formatRate } from './format.ts';
import type { CapacityCell } from './summary/capacity.ts';
import type { DeathSummary } from './summary/deaths.ts';
import type { LimitVerdict } from './summary/memory-limit.ts';
import type { RunState } from './summary/standing.ts';
import { LEVEL, type Standing } from './summary/verdict.ts';

/** What every kind of report says about what was measured and how. Plain text, shown escaped. */
export const levelWords: Record<Level, { name: string; startsWhen: string; proof: string }> = {
  L0: {
    name: 'resume',
    startsWhen: 'the invocation is sent to a paused function',
    proof: 'containerd reported /tasks/resumed between send and answer, and the process is the same',
  },
  L1: {
    name: 'process',
    startsWhen: 'the invocation is sent to a function scaled to zero',
    proof: 'task deleted, created and started between send and answer, and the process is a new one',
  },
  L2: {
    name: 'container',
    startsWhen: 'the deploy request is sent; the image is already on the machine',
    proof: 'a new container and a new task were created and started between send and answer',
  },
  L3: {
    name: 'pull',
    startsWhen: 'the deploy request is sent; the image has been removed from the machine',
    proof: 'as L2, and the image’s own blobs were absent before and fetched from the registry',
  },
  L4: {
    name: 'machine',
    startsWhen: 'a new machine is asked of the cloud, from an image that holds platform and function image',
    proof: 'the cloud made the machine for this sample, its kernel or container started after the request, then as L2',
  },
};

export const pathWords: Record<Path, string> = {
  gateway: 'through the gateway',
  provider: 'at the provider, past the gateway',
  direct: 'at the function itself, past gateway and provider',
};

const CHECKED_WORDS: Record<SentBody['checked'], string> = {
  answer: 'each answer was compared byte by byte',
  size: 'of each answer status and size were looked at',
  status: 'of each answer only the status was looked at',
};

/** "POST with 20.3 KiB, vector “300 items”; each answer was compared byte by byte". */
export function bodyWords({ payloadBytes, body }: { payloadBytes: number; body: SentBody }): string {
  const { from, name, contentType, checked } = body;
  const origin = { letters: 'letters', vector: `vector “${name}”`, file: `file ${name}` }[from];
  const type = contentType === null ? '' : `, ${contentType}`;
  const isNone = payloadBytes === 0 && from === 'letters';
  const what = isNone ? 'POST without a body' : `POST with ${payloadBytes} bytes: ${origin}${type}`;
  return `${what}; ${CHECKED_WORDS[checked]}`;
}

/** "found in 1 ramp and 4 steps; doubling from a low rate would have taken 8 steps", of all blocks together. */
function searchWords(searches: readonly CapacitySample['search'][]): string {
  const sum = (key: 'ramps' | 'steps' | 'stepsByDoubling') => searches.reduce((total, it) => total + it[key], 0);
  const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const took = `${counted(sum('ramps'), 'ramp')} and ${counted(sum('steps'), 'step')}`;
  return `found in ${took}; doubling from a low rate would have taken ${counted(sum('stepsByDoubling'), 'step')}`;
}

/** What is said of a cell in a table: the rate, or that there is none, or that nobody knows. */
function sustainedWords({ sustainedPerSecond: { value } }: CapacityCell): string {
  if (value === null) return 'not decided';
  return value === 0 ? 'none' : formatRate(value);
}

/** Where it no longer held; marked where that was not seen but only not excluded. */
function brokenWords({ sustainedPerSecond, brokenPerSecond, blocks }: CapacityCell): string {
  if (sustainedPerSecond.value === null) return 'not decided';
  if (brokenPerSecond === null) return 'not reached';
  const isOpen = blocks.some((it) => it.counts && it.brokenVerdict === 'undecided');
  return `${formatRate(brokenPerSecond)}${isOpen ? ' (not decided)' : ''}`;
}

/** Why blocks and ceilings of a cell do not count, and why those that do were not kept at more. */
function capacityReasons({ blocks, ceilings }: CapacityCell): string[] {
  const said = blocks.flatMap(({ counts, whyNot, brokenPerSecond, brokenVerdict, why }) => {
    if (!counts) return [`not decided: ${whyNot ?? 'no reason given'}`];
    if (brokenPerSecond === null) return [];
    const open = brokenVerdict === 'undecided';
    return [`${formatRate(brokenPerSecond)}/s ${open ? 'counts as broken' : 'not sustained'}: ${why ?? 'unknown'}`];
  });
  return [
    ...[...Map.groupBy(said, (text) => text)].map(
      ([text, same]) => `${same.length} of ${blocks.length} blocks: ${text}`,
    ),
    ...ceilings.flatMap(({ connections, whyNot }) =>
      whyNot.map((why) => `ceiling of ${connections} connections does not count: ${why}`),
    ),
  ];
}

/** How a table says it; each word is marked where something is not decided. */
export function capacityWords(cell: CapacityCell) {
  return {
    sustained: sustainedWords(cell),
    broken: brokenWords(cell),
    reasons: capacityReasons(cell),
    search: searchWords(cell.blocks.map((it) => it.search)),
  };
}

/** What became of a function that was asked for more memory than its limit. */
export const limitVerdictWords: Record<LimitVerdict, string> = {
  respected: 'killed',
  unseen: 'killed, no event',
  ignored: 'NOT RESPECTED',
  unclear: 'unclear',
  untried: 'not tried',
};

const SCENARIO_NAMES = new Map([['coldstart', 'cold start']]);

/** The scenarios of a run as words: "cold start, latency and memory". */
export function scenarioNames(manifest: Manifest): string {
  const names = manifest.scenario.split(',').map((name) => SCENARIO_NAMES.get(name) ?? name);
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export const controlWords =
  'control is givre’s own OpenFaaS provider, the control of the experiment. It is not faasd, and its numbers are not ' +
  'faasd’s. It starts functions through the same gateway, containerd and CNI, so that causes can be told apart by ' +
  'switching one deviation on or off.';

/** What stands below a table of comparisons: what its verdicts rest on, and why there is no result. */
export function conclusionWords(rows: readonly Standing[]): string[] {
  const comparedWith = Math.max(0, ...rows.map((row) => row.comparedWith));
  const notes = [...new Set(rows.flatMap((row) => row.note ?? []))];
  const family =
    `adj. p: p as one of ${comparedWith} comparisons (Benjamini–Hochberg); a verdict needs ${LEVEL} or less, so that ` +
    'of all verdicts at most one in twenty is expected to be chance';
  return [...(comparedWith > 0 ? [family] : []), ...notes.map((note) => `no result: ${note}`)];
}

/** What of a run is no result, and why; empty where everything is one. */
export function noResultWords(summary: NoResult): string[] {
  if (summary.isResult) return [];
  const { missing } = summary;
  return [
    ...whyNoResult(summary),
    ...(missing.length === 0 ? [] : [`planned, and nothing of it is there: ${missing.join('; ')}`]),
  ];
}

function whyNoResult({ state, isComparable, leftOut }: NoResult): string[] {
  if (state === 'unfinished' || state === 'interrupted') {
    return ['This run did not come to its end, so its numbers are not results: nothing is concluded from them.'];
  }
  if (state === 'incomplete') {
    return [
      'Records of this run are missing or are not those that were judged, so its numbers are not results. Do not quote them.',
    ];
  }
  if (!isComparable) {
    return [
      'This run is not valid, so its numbers are not results: they are shown to find out why. Do not quote them.',
    ];
  }
  return [
    'This run is not valid as a whole. What is named here is no result and is left out of comparisons; do not quote it. ' +
      'Each other measurement has passed all of its gates:',
    ...[...Map.groupBy(leftOut, (it) => it.why)].map(
      ([why, same]) => `left out: ${same.map((it) => it.what).join('; ')}: ${why}`,
    ),
  ];
}

interface NoResult {
  readonly state: RunState;
  readonly isResult: boolean;
  readonly isComparable: boolean;
  readonly missing: readonly string[];
  readonly leftOut: readonly { readonly what: string; readonly why: string }[];
}

/** One sentence for each death of a platform: under what, what died, its own words, and whether it came back. */
export function deathWords(deaths: readonly DeathSummary[]): string[] {
  return deaths.map((it) => {
    const at = it.perSecond === null ? '' : ` at ${formatRate(it.perSecond)}/s`;
    const ended = it.ended.length === 0 ? 'all of its services still ran' : `${it.ended.join(' and ')} ended`;
    const own = it.words.map(({ service, line }) => `${service}: “${line}”`).join('; ');
    return (
      `${it.platform} DIED, block ${it.block}: ${it.during} of ${it.function}${at}; ${ended}, a client was told “${it.seen}”.` +
      `${own === '' ? '' : ` Its own words: ${own}.`} ${afterDeath(it)}`
    );
  });
}

function afterDeath({ waitedMs, recoveredAfterMs, restartedInMs }: DeathSummary): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  if (recoveredAfterMs !== null) return `It came back by itself after ${seconds(recoveredAfterMs)}.`;
  const waited = `It did not come back by itself within ${seconds(waitedMs)}`;
  if (restartedInMs === null) return `${waited}, and could not be started again.`;
  return `${waited}; started again and with its functions deployed after ${seconds(restartedInMs)} more.`;
}

/**
 * What the machines under test were, where that limits what the numbers stand for. Empty for containers and for VMs
 * with processors of their own.
 */
export function machineWords(manifest: Manifest): string[] {
  const kinds = new Set(manifest.machines.map((machine) => machine.virtualisation));
  const hypervisors = manifest.machines.flatMap(({ hypervisor }) => (hypervisor === null ? [] : [hypervisor]));
  return [
    ...(['lxc', 'lxc-libvirt'].some((kind) => kinds.has(kind))
      ? [
          'The machines were LXC servers: shared kernel, not a VM. No kernel was booted for them, so level L4 has no ' +
            'kernel phase, and nothing here says what a VM would have cost.',
        ]
      : []),
    ...(kinds.has('qemu')
      ? [
          'The machines were emulated: every instruction went through an emulator, at about a tenth of native speed. ' +
            'These times show that it works, not how fast it is.',
        ]
      : []),
    ...(manifest.platforms.length > 1 && new Set(hypervisors).size < hypervisors.length
      ? ['Several of the machines ran on one hypervisor, where they may have disturbed each other.']
      : []),
    ...generatorWords(manifest),
  ];
}

/** Where generators of their own took processors from what they measured, or may have. */
function generatorWords({ generators }: Manifest): string[] {
  const shared = generators.filter((it) => it.sharesHardware === true).length;
  const unknown = generators.filter((it) => it.sharesHardware === null).length;
  const of = (n: number): string =>
    generators.length === 1 ? 'The generator' : `${n} of ${generators.length} generators`;
  const place = generators.some((it) => it.hypervisor !== null) ? 'hypervisor' : 'hardware';
  return [
    ...(shared === 0
      ? []
      : [`${of(shared)} ran on the same ${place} as what was measured, and took processors and network from it.`]),
    ...(unknown === 0
      ? []
      : [`${of(unknown)} may have run on the same hardware as what was measured: nobody there tells.`]),
  ];
}
