import { type Random, seededRandom } from '../core/random.ts';

/** What a client may find on a machine. */
export interface CloudsCase {
  /** Of clouds.yaml, secure.yaml, clouds-public.yaml; null where there is no such file. */
  readonly clouds: string | null;
  readonly secure: string | null;
  readonly public: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** `--cloud` and `--region`; null where they are not given. */
  readonly cloud: string | null;
  readonly region: string | null;
}

/** A scalar stands as it is written, quotes included. */
type Node = string | Tree | readonly Node[];
interface Tree {
  [key: string]: Node;
}

/** Names of ids, numbers and passwords as people have them. */
const TEXTS = [
  ...['plain', '"two words"', "'it''s'", '"a: b # c"', 'é', '"{braces}"', '"00123"', '1234567', '0x1f', '1e3', '1e10'],
  ...['0123', '1_000', '1.10', '.5', '12:30:45', '2024-01-01', '+7', 'yes', 'Off', 'TRUE', '2f0c55e9e3a94f0b', "'~'"],
  ...['12345678901234567890123456789012', 'a-b_c', '"\\u00e9\\n"', '!!str 99', '-1', 'n', '0o17', '"null"'],
];
const EMPTY = ["''", '""', '~', 'null', ''];
const SWITCHES = ['true', 'false', 'yes', 'no', 'True', 'OFF', '"true"', '"false"', "'yes'", ...EMPTY];
const FILES = ['/etc/ssl/ca.pem', '~/ca.pem', './ca.pem', '"~/with space.pem"', ...EMPTY];
const INTERFACES = ['public', 'internal', 'admin', 'internalURL', 'publicURL', '"adminURL"'];
const REGIONS = ['north', 'south', 'Shared', '"east"'];
const ADDRESSES = [
  ...['http://h:5000', 'https://h/v3', 'https://h/identity/', 'https://h:5000/v3/', '"https://{region_name}.h/v3"'],
  ...['https://h:5000/v2.0', '"https://h/{{x}}/v3"'],
];
const SERVICES = ['compute', 'network', 'image', 'volume', 'block_storage', 'volumev3', 'block-storage'];
const SERVICE_WORDS: Readonly<Record<string, readonly string[]>> = {
  region_name: REGIONS,
  interface: INTERFACES,
  endpoint_type: INTERFACES,
  endpoint_override: ['http://o:1/v3', '"https://{region_name}.o/v2.1"', "'http://o/v3/%(project_id)s'"],
  endpoint: ['http://e:1/v2'],
  service_type: ['volumev3', 'compute', 'image'],
  service_name: ['nova', 'other'],
  api_version: ['2.79', '3'],
};
const DOMAINS = ['user', 'project', 'default'].flatMap((it) => [`${it}_domain_name`, `${it}_domain_id`]);

/** Files, environments and words, all from one seed. */
export function generatedCases(count: number, seed: number): readonly CloudsCase[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => oneCase(dice(random)));
}

function dice(random: Random) {
  const chance = (probability: number): boolean => random() < probability;
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  return { chance, pick, text: (): string => pick(chance(0.04) ? EMPTY : chance(0.004) ? ['='] : TEXTS) };
}
type Dice = ReturnType<typeof dice>;

function oneCase(roll: Dice): CloudsCase {
  const { chance, pick } = roll;
  const one = cloudEntry(roll);
  const fromEnvironment = chance(0.15);
  const profile = chance(0.15) ? profileOf(roll, one) : undefined;
  const clouds = { one, ...(chance(0.15) ? { two: cloudEntry(roll) } : {}) };
  const secure = chance(0.2)
    ? { one: { auth: { password: roll.text() }, ...(chance(0.3) ? regionOf(roll) : {}) } }
    : null;
  return {
    clouds: fromEnvironment && chance(0.6) ? null : emit({ clouds }),
    secure: secure === null ? null : emit({ clouds: secure }),
    public: profile === undefined ? null : emit({ 'public-clouds': profile }),
    env: { HOME: '/home/me', ...(fromEnvironment ? environment(roll) : strayVariables(roll)) },
    cloud: !fromEnvironment && ('two' in clouds || chance(0.2)) ? pick(['one', 'two', 'one', 'three']) : null,
    region: chance(0.15) ? pick(['north', 'south', 'Shared']) : null,
  };
}

function cloudEntry(roll: Dice): Tree {
  const { chance, pick } = roll;
  const entry: Tree = { auth: {} };
  const auth: Tree = {};
  const put = (key: string, value: string): void => {
    const where = key === 'auth_type' ? 'outside' : chance(0.05) ? 'both' : chance(0.12) ? 'outside' : 'inside';
    const name = chance(0.08) ? key.replaceAll('_', '-') : key;
    if (where !== 'outside') auth[name] = value;
    if (where !== 'inside') entry[name] = where === 'both' ? roll.text() : value;
  };
  for (const [key, value] of Object.entries(credentialWords(roll))) put(key, value);
  if (chance(0.03)) auth[pick(['verify', 'cacert', 'pasword', 'region_name', 'auth_type'])] = 'x';
  entry.auth = auth;
  Object.assign(entry, regionOf(roll), tlsOf(roll), servicesOf(roll));
  if (chance(0.2)) entry[pick(['interface', 'endpoint_type'])] = pick(INTERFACES);
  if (chance(0.03)) Object.assign(entry, { interface: pick(INTERFACES), endpoint_type: pick(INTERFACES) });
  return entry;
}

/** Keys and values of `auth`. */
function credentialWords(roll: Dice): Record<string, string> {
  const { chance, pick, text } = roll;
  const words: Record<string, string> = { auth_url: pick(ADDRESSES) };
  const kind = pick([...Array(6).fill('password'), 'application', 'token', 'odd']);
  if (kind === 'application') {
    if (chance(0.8)) words.auth_type = 'v3applicationcredential';
    words[`application_credential_${chance(0.6) ? 'id' : 'name'}`] = text();
    words.application_credential_secret = text();
    if (chance(0.5)) words.user_id = text();
  } else if (kind === 'token') {
    if (chance(0.8)) words.auth_type = pick(['token', 'v3token']);
    words[chance(0.2) ? 'auth_token' : 'token'] = text();
  } else {
    if (kind === 'odd')
      words.auth_type = pick(['token_endpoint', 'none', 'v3oidcpassword', 'v3totp', 'v2password', '~']);
    else if (chance(0.4)) words.auth_type = pick(['password', 'v3password']);
    if (chance(0.97)) words[pick(['username', 'username', 'username', 'user_name', 'user_id'])] = text();
    if (chance(0.97)) words.password = text();
  }
  if (kind === 'token' ? chance(0.8) : kind !== 'application' || chance(0.1)) {
    for (const key of ['project_name', 'project_id', 'tenant_name', 'tenant_id']) {
      if (chance(key === 'project_name' ? 0.7 : 0.12)) words[key] = text();
    }
  }
  for (const key of DOMAINS) if (chance(key.startsWith('default') ? 0.06 : 0.45)) words[key] = text();
  if (chance(0.12)) words[pick(['domain_name', 'domain_id'])] = text();
  return words;
}

function regionOf(roll: Dice): Tree {
  const { chance, pick } = roll;
  const shape = pick(['none', 'name', 'name', 'name', 'list', 'commas', 'regions', 'empty', 'both']);
  const values = (): Tree => {
    const key = pick(['interface', 'compute_endpoint_override', 'verify']);
    const given =
      { interface: 'internal', compute_endpoint_override: '"http://v:1/v3"', verify: '/etc/v.pem' }[key] ?? '';
    return { [key]: chance(0.2) ? '~' : given };
  };
  const regions = (): readonly Node[] => [pick(REGIONS), { name: 'south', values: values() }, 'Shared'];
  switch (shape) {
    case 'name':
      return { [chance(0.1) ? 'region-name' : 'region_name']: pick(REGIONS) };
    case 'list':
      return { region_name: ['north', 'south'] };
    case 'commas':
      return { region_name: '"south,north"' };
    case 'regions':
      return { regions: regions() };
    case 'both':
      return { regions: regions(), region_name: 'Shared' };
    case 'empty':
      return { region_name: pick(EMPTY.slice(0, 2)) };
    default:
      return {};
  }
}

function tlsOf({ chance, pick }: Dice): Tree {
  const words: Tree = {};
  if (chance(0.15)) words.verify = chance(0.4) ? pick(FILES.slice(0, 3)) : pick(SWITCHES);
  if (chance(0.08)) words.insecure = pick(SWITCHES);
  for (const key of ['cacert', 'cert', 'key']) if (chance(0.15)) words[key] = pick(FILES);
  return words;
}

function servicesOf({ chance, pick }: Dice): Tree {
  const words: Tree = {};
  while (chance(0.3)) {
    const service = pick(SERVICES);
    const key = pick(Object.keys(SERVICE_WORDS));
    words[`${service}_${key}`] = pick(SERVICE_WORDS[key] ?? []);
  }
  return words;
}

/** Takes some words out of an entry into a profile. */
function profileOf(roll: Dice, entry: Tree): Tree {
  const { chance, pick } = roll;
  entry[chance(0.2) ? 'cloud' : 'profile'] = chance(0.9) ? 'acme' : pick(['nowhere', '~']);
  const auth = chance(0.7) ? { auth_url: pick(ADDRESSES.slice(0, 4)), project_domain_id: roll.text() } : {};
  return { acme: { auth, ...regionOf(roll), ...tlsOf(roll), ...(chance(0.3) ? { interface: 'admin' } : {}) } };
}

function environment(roll: Dice): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of Object.entries(credentialWords(roll))) {
    variables[`OS_${key.toUpperCase()}`] = value.replaceAll(/^["']|["']$|^~$/g, '');
  }
  if (roll.chance(0.5)) variables.OS_REGION_NAME = roll.pick(['north', 'south']);
  if (roll.chance(0.4))
    variables[roll.pick(['OS_INTERFACE', 'OS_ENDPOINT_TYPE'])] = roll.pick(['internal', 'publicURL']);
  if (roll.chance(0.3)) variables.OS_CACERT = '/etc/ssl/ca.pem';
  if (roll.chance(0.3)) variables.OS_IDENTITY_API_VERSION = '3';
  if (roll.chance(0.2)) variables.OS_CLOUD_NAME = 'mine';
  return variables;
}

/** Set in a shell for something else; the cloud is one of the file. */
function strayVariables(roll: Dice): Record<string, string> {
  const variables: Record<string, string> = {};
  if (roll.chance(0.08)) variables.OS_COMPUTE_API_VERSION = '2.79';
  if (roll.chance(0.05)) variables.OS_REGION_NAME = 'south';
  if (roll.chance(0.05)) variables.OS_TEST_PATH = '/x';
  if (roll.chance(0.1)) variables.OS_CLOUD = 'one';
  return variables;
}

/** YAML in block form, lists in flow form. */
function emit(tree: Tree, indent = ''): string {
  return Object.entries(tree)
    .map(([key, node]) => {
      if (typeof node === 'string') return `${indent}${key}: ${node}\n`;
      if (isList(node)) return `${indent}${key}: ${flow(node)}\n`;
      return Object.keys(node).length === 0
        ? `${indent}${key}: {}\n`
        : `${indent}${key}:\n${emit(node, `${indent}  `)}`;
    })
    .join('');
}

function flow(node: Node): string {
  if (typeof node === 'string') return node;
  if (isList(node)) return `[${node.map(flow).join(', ')}]`;
  return `{${Object.entries(node)
    .map(([key, value]) => `${key}: ${flow(value)}`)
    .join(', ')}}`;
}

function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}
