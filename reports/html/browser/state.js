// What is shown lives in the address: `#level=L1&function=rust-hello&log=1`. A key that is absent means all.

export const FILTERS = ['platform', 'level', 'function'];

/** What there is to choose from, in the manifest's order. */
export function choicesOf(summary) {
  const { cells, loads, capacities, footprints, soaks, bursts, queues, densities } = summary;
  const all = [cells, loads, capacities, footprints, soaks, bursts, queues, densities].flat();
  const distinct = (key) => [...new Set(all.map((it) => it[key]).filter((it) => it !== undefined))];
  return { platform: distinct('platform'), level: distinct('level'), function: distinct('function') };
}

/** Reads the address; words that this run does not know are ignored, and a filter that leaves nothing is no filter. */
export function readState(hash, choices) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {
    log: params.get('log') === '1',
    sort: params.get('sort'),
    descending: params.get('dir') === 'desc',
    trial: params.has('trial') ? Number(params.get('trial')) : null,
  };
  for (const key of FILTERS) {
    const known = params.getAll(key).filter((value) => choices[key].includes(value));
    state[key] = known.length > 0 ? known : choices[key];
  }
  return state;
}

export function writeState(state, choices) {
  const params = new URLSearchParams();
  for (const key of FILTERS) {
    if (state[key].length < choices[key].length) for (const value of state[key]) params.append(key, value);
  }
  if (state.log) params.set('log', '1');
  if (state.trial !== null) params.set('trial', state.trial);
  if (state.sort) params.set('sort', state.sort);
  if (state.sort && state.descending) params.set('dir', 'desc');
  return `#${params}`;
}

/** Does something with a platform, level or function pass the filters? What has no function (the floor) passes that one. */
export function shown(state, it) {
  return FILTERS.every((key) => it[key] === undefined || it[key] === null || state[key].includes(it[key]));
}
