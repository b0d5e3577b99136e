// What is shown lives in the address: `#level=L1&function=rust-hello&log=1`. A key that is absent means all.

import type { Summary } from '../../summary.ts';
import type { PageData } from '../page-data.ts';

export const FILTERS = ['platform', 'level', 'function'] as const;
export type Filter = (typeof FILTERS)[number];

/** What there is to choose from, in the manifest's order. */
export interface Choices {
  readonly platform: readonly string[];
  readonly level: readonly Summary['cells'][number]['level'][];
  readonly function: readonly string[];
}

/** The page's data, with what of it there is to choose from. */
export interface Page extends PageData {
  readonly choices: Choices;
}

/** What the reader has chosen, and how it is shown. */
export interface State extends Choices {
  /** A logarithmic axis of time. */
  readonly log: boolean;
  /** Id of a column's sort; null is the manifest's order. */
  readonly sort: string | null;
  readonly descending: boolean;
  /** The measurement that is shown second by second; null is the longest. */
  readonly trial: number | null;
}

export function choicesOf(summary: Summary): Choices {
  const { cells, loads, capacities, footprints, soaks, bursts, queues, densities } = summary;
  const all = [cells, loads, capacities, footprints, soaks, bursts, queues, densities].flat();
  return {
    platform: distinct(all.map((it) => it.platform)),
    level: distinct([...cells, ...bursts].map((it) => it.level)),
    function: distinct(all.map((it) => it.function)),
  };
}

function distinct<T>(all: readonly T[]): readonly T[] {
  return [...new Set(all)];
}

/** Reads the address; words that this run does not know are ignored, and a filter that leaves nothing is no filter. */
export function readState(hash: string, choices: Choices): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    platform: known(params.getAll('platform'), choices.platform),
    level: known(params.getAll('level'), choices.level),
    function: known(params.getAll('function'), choices.function),
    log: params.get('log') === '1',
    sort: params.get('sort'),
    descending: params.get('dir') === 'desc',
    trial: params.has('trial') ? Number(params.get('trial')) : null,
  };
}

function known<T extends string>(asked: readonly string[], all: readonly T[]): readonly T[] {
  const found = asked.flatMap((value) => all.find((it) => it === value) ?? []);
  return found.length > 0 ? found : all;
}

export function writeState(state: State, choices: Choices): string {
  const params = new URLSearchParams();
  for (const key of FILTERS) {
    if (state[key].length < choices[key].length) for (const value of state[key]) params.append(key, value);
  }
  if (state.log) params.set('log', '1');
  if (state.trial !== null) params.set('trial', String(state.trial));
  if (state.sort) params.set('sort', state.sort);
  if (state.sort && state.descending) params.set('dir', 'desc');
  return `#${params}`;
}

/** Chooses what was not chosen, and no longer what was; the order is that of the choices. */
export function toggled(state: State, choices: Choices, key: Filter, value: string): State {
  const next = <T extends string>(all: readonly T[], chosen: readonly T[]): readonly T[] =>
    all.filter((it) => chosen.includes(it) !== (it === value));
  switch (key) {
    case 'platform':
      return { ...state, platform: next(choices.platform, state.platform) };
    case 'level':
      return { ...state, level: next(choices.level, state.level) };
    case 'function':
      return { ...state, function: next(choices.function, state.function) };
  }
}

/** Does something with a platform, level or function pass the filters? What has no function (the floor) passes that one. */
export function shown(state: Choices, it: { readonly [key in Filter]?: string | null }): boolean {
  return FILTERS.every((key) => {
    const value = it[key];
    const chosen: readonly string[] = state[key];
    return value === undefined || value === null || chosen.includes(value);
  });
}
