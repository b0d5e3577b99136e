import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import { isMap, type Tree, type TreeMap } from './clouds-yaml.ts';
import { textOf } from './entry.ts';

interface Region {
  readonly name: string | undefined;
  /** What holds in this region only. */
  readonly values: TreeMap;
}

interface RegionChoice {
  readonly cloud: string;
  readonly entry: TreeMap;
  readonly profile: TreeMap;
  /** `--region`, or `OS_REGION_NAME`. */
  readonly wanted: string | undefined;
}

/**
 * The region asked for, else the first that the entry knows, else the first of its profile, with its own values. One
 * that is the only one may be another: the catalog decides then whether it is there.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_REGION` for one that is not in the list, `E_CLOUD_SETTINGS` for a list that
 * cannot be read.
 */
export function chooseRegion({ cloud, entry, profile, wanted }: RegionChoice): Region {
  const known = knownRegions(cloud, entry) ?? knownRegions(cloud, profile) ?? [];
  const found = wanted === undefined ? known[0] : known.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = known.flatMap(({ name }) => name ?? []);
  const isList = names.length > 1 || known.some(({ values }) => Object.keys(values).length > 0);
  if (!isList) return { name: wanted, values: {} };
  throw usageError('E_CLOUD_REGION', `cloud "${cloud}" has no region "${wanted}"`, suggestion(wanted ?? '', names));
}

/** `regions`, else `region_name`, which may be a list, too, or have commas. */
function knownRegions(cloud: string, { regions, region_name }: TreeMap): readonly Region[] | undefined {
  if (Array.isArray(regions)) return regions.map((it: Tree) => readRegion(cloud, it));
  if (textOf(regions) !== undefined || isMap(regions)) {
    throw usageError('E_CLOUD_SETTINGS', `cloud "${cloud}": regions has to be a list`, 'write one: regions: [NAME]');
  }
  if (Array.isArray(region_name)) return region_name.map((it: Tree) => readRegion(cloud, it));
  return textOf(region_name)
    ?.split(',')
    .map((name) => ({ name: textOf(name), values: {} }));
}

function readRegion(cloud: string, tree: Tree): Region {
  if (!isMap(tree)) return { name: textOf(tree), values: {} };
  const { name, values, ...rest } = tree;
  const isRead = textOf(name) !== undefined && (values === undefined || values === null || isMap(values));
  if (!isRead || Object.keys(rest).length > 0) {
    throw usageError(
      'E_CLOUD_SETTINGS',
      `cloud "${cloud}": an item of regions is neither a name nor a map of name and values`,
      'for example: { name: NORTH, values: { interface: internal } }',
    );
  }
  // What is null there leaves the entry's own value in its place.
  const given = Object.entries(isMap(values) ? values : {}).filter(([, value]) => value !== null);
  return { name: textOf(name), values: Object.fromEntries(given) };
}
