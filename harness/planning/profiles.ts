import type { LoadWishes } from '../api/index.ts';
import { parseSlo } from '../api/index.ts';
import { usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import { type Path, pathNames } from '../runs/schema.ts';
import type { LoadWords, profileNames } from './options.ts';

/** How much of it: what a profile says unless the user or the scenario does. */
const PROFILES = {
  /** For a look; one block says nothing about how it differs between deployments, so nothing is compared. */
  quick: { durationMs: 15_000, warmUpMs: 5_000, blocks: 1 },
  /** Many short blocks tell more than few long ones: five tell a ratio of 1.15 among eight comparisons, three none. */
  standard: { durationMs: 20_000, warmUpMs: 5_000, blocks: 5 },
  /** For figures to be cited. */
  thorough: { durationMs: 60_000, warmUpMs: 10_000, blocks: 6 },
} as const satisfies Record<(typeof profileNames)[number], Pick<LoadWishes, 'durationMs' | 'warmUpMs' | 'blocks'>>;

const RATES = [50];
const PAYLOADS = ['own'] as const;
const PATHS: readonly Path[] = ['gateway'];

/**
 * What is asked of the scenarios that put load on.
 *
 * @throws GivreError (usage) `E_RATE`, `E_PAYLOAD`, `E_PATH`, `E_DURATION`, `E_WARM_UP`, `E_SLO`
 */
export function loadWishes(words: Partial<LoadWords>, own: Partial<LoadWishes>): LoadWishes {
  const name = words.profile ?? 'standard';
  const profile = PROFILES[name];
  return {
    profile: name,
    rates: words.rates === undefined ? (own.rates ?? RATES) : parseList(words.rates, '--rate', parseRate),
    durationMs: words.duration === undefined ? profile.durationMs : parseTime(words.duration, DURATIONS),
    warmUpMs: words.warmUp === undefined ? profile.warmUpMs : parseTime(words.warmUp, WARM_UPS),
    payloads:
      words.payloads === undefined ? (own.payloads ?? PAYLOADS) : parseList(words.payloads, '--payload', parseSize),
    paths: words.paths === undefined ? (own.paths ?? PATHS) : parseList(words.paths, '--path', parsePath),
    slo: words.slo === undefined ? undefined : parseSlo(words.slo),
    blocks: words.blocks ?? profile.blocks,
  };
}

/** What all of them ask for together; where nothing puts load on, what is the default. */
export function allWishes(all: readonly LoadWishes[]): LoadWishes {
  const [first = loadWishes({}, {})] = all;
  const union = <T>(list: (wishes: LoadWishes) => readonly T[]): readonly T[] => [
    ...new Set([first, ...all].flatMap(list)),
  ];
  return {
    ...first,
    rates: union((it) => it.rates),
    payloads: union((it) => it.payloads),
    paths: union((it) => it.paths),
  };
}

function parseList<T>(text: string, name: string, parse: (word: string) => T): readonly T[] {
  return [...new Set(partsOf(text, name).map(parse))];
}

/** k6 counts requests per second in whole numbers. */
function parseRate(word: string): number {
  const rate = Number(word);
  if (Number.isSafeInteger(rate) && rate >= 1 && rate <= 50_000) return rate;
  throw usageError(
    'E_RATE',
    `"${word}" is no rate`,
    'whole requests per second from 1 to 50000, such as --rate 50,200',
  );
}

const SIZE = /^(\d+)(b|k|kb|kib|m|mb|mib)?$/i;
const LARGEST_BYTES = 64 * 2 ** 20;

function parseSize(word: string): number {
  const match = SIZE.exec(word);
  const unit = (match?.[2] ?? '').toLowerCase();
  const factor = unit.startsWith('k') ? 1024 : unit.startsWith('m') ? 2 ** 20 : 1;
  const bytes = Number(match?.[1] ?? Number.NaN) * factor;
  if (match !== null && bytes <= LARGEST_BYTES) return bytes;
  throw usageError(
    'E_PAYLOAD',
    `"${word}" is no size`,
    'bytes, or with k or m (1024s), at most 64m: --payload 0,1k,64k',
  );
}

function parsePath(word: string): Path {
  const path = pathNames.find((name) => name === word);
  if (path !== undefined) return path;
  throw usageError('E_PATH', `unknown path "${word}"`, suggestion(word, pathNames));
}

const DURATION = /^(\d+(?:\.\d+)?)(s|m|h)?$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

interface Range {
  readonly option: string;
  readonly code: string;
  readonly shortestS: number;
  readonly longest: string;
  /** Why no shorter one will do. */
  readonly why: string;
}

const DURATIONS: Range = {
  ...{ option: '--duration', code: 'E_DURATION', shortestS: 15, longest: '24h' },
  why: 'twelve seconds with answers tell whether it is steady, and three may be a stall',
};
const WARM_UPS: Range = {
  ...{ option: '--warm-up', code: 'E_WARM_UP', shortestS: 3, longest: '1h' },
  why: 'in which all connections are opened',
};

/**
 * Whole seconds, because what is stored is stored by the second.
 *
 * @returns milliseconds
 */
function parseTime(text: string, { option, code, shortestS, longest, why }: Range): number {
  const seconds = secondsIn(text);
  const range = `whole seconds from ${shortestS}s to ${longest}, such as ${option} 30s or 2m`;
  if (Number.isNaN(seconds)) throw usageError(code, `"${text}" is no duration`, range);
  if (seconds < shortestS) {
    throw usageError(code, `${option} "${text}" is too short: ${shortestS}s is the shortest`, `${why}; ${range}`);
  }
  if (seconds > secondsIn(longest)) {
    throw usageError(code, `${option} "${text}" is too long: ${longest} is the longest`, range);
  }
  if (Number.isSafeInteger(seconds)) return seconds * 1000;
  throw usageError(code, `${option} "${text}" is not in whole seconds`, range);
}

/** NaN for what is no duration. */
function secondsIn(text: string): number {
  const match = DURATION.exec(text.trim());
  return Number(match?.[1] ?? Number.NaN) * (SECONDS[match?.[2] ?? 's'] ?? 1);
}
