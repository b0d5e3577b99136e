import { type Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { usageError } from '../core/errors.ts';
import type { OpenstackOptions, TargetOptions } from '../planning/options.ts';
import { collect, memorySize, type WordsOf, wholeNumber } from './words.ts';

const OPENSTACK = 'With --target openstack:';
const SSH = 'With --target ssh:';

/** Adds `--target` and everything that says what its machines shall be. */
export function addTargetOptions(command: Command) {
  const named = command
    .addOption(
      new Option('--target <kind>', 'where machines come from')
        .choices(['container', 'openstack', 'ssh'])
        .default('container'),
    )
    .optionsGroup('With --target container:')
    .option('--machine-memory <size>', 'memory of each machine, such as 2g (default: no limit)', memorySize)
    .optionsGroup(OPENSTACK);
  return addSshOptions(addMachineOptions(addCloudOptions(named)).optionsGroup(SSH)).optionsGroup('Options:');
}

/** What `--target` and the options that go with it leave behind in commander. */
export type TargetWords = WordsOf<ReturnType<typeof addTargetOptions>>;

/** What the servers of a cloud shall be. */
function addMachineOptions<Given extends OptionValues>(command: Command<[], Given>) {
  return command
    .option('--flavor <name>', 'flavor of the machines, by name or id')
    .option('--generator-flavor <name>', 'the same of the machines of --generators (default: as --flavor)')
    .option('--image <name>', 'image with cloud-init: Debian 12 or 13, Ubuntu 22.04 or 24.04')
    .option('--network <name>', 'network that the machines are put on')
    .option('--floating-ip <network>', 'reach the machines by floating IPs of this external network')
    .option('--availability-zone <name>', 'where the machines shall be')
    .option('--config-drive', 'user-data by config drive, where the metadata service is slow or absent', false)
    .option(
      '--boot-volume <GiB>',
      'boot from volumes of this size instead of the flavor’s disk; implies --no-golden',
      wholeNumber(1, 10_000),
    )
    .option('--server-group', 'spread the machines over hypervisors where possible', false)
    .option(
      '--allow-from <cidr>',
      'who may connect (repeatable; default: the address that reaches the APIs)',
      collect,
      [],
    )
    .option('--no-golden', 'install on every machine instead of booting an image with the platform on it')
    .option('--ssh-user <name>', 'user of the image that may sudo', 'debian');
}

function addSshOptions<Given extends OptionValues>(command: Command<[], Given>) {
  return command
    .option(
      '--host <user@address>',
      'an existing Debian or Ubuntu machine, or a Host of ~/.ssh/config; its key must be in known_hosts',
    )
    .option(
      '--generator-host <user@address>',
      'send load from this machine instead, in its network (repeatable: they share the rate)',
      collect,
      [],
    )
    .option(
      '--identity <file>',
      'private key to log in with (default: what ssh would try, its files and the SSH agent)',
    )
    .option('--ssh-jump <user@address>', 'go through this machine (both targets; default with ssh: its ProxyJump)');
}

/** Everybody on this machine sees the words of a process, and a run's manifest keeps them. */
function withoutPassword(proxy: string): string {
  if (!/^(\w+:\/\/)?[^/?#]*@/.test(proxy)) return proxy;
  throw usageError(
    'E_PROXY_PASSWORD',
    '--https-proxy names a user or a password, which everybody on this machine can see in the list of processes',
    'leave the option out and set the variable HTTPS_PROXY',
  );
}

/** The words that name a cloud; commands that need no machine take only these. */
export function addCloudOptions<Given extends OptionValues>(command: Command<[], Given>) {
  return command
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only entry)')
    .option('--region <name>', 'region of the cloud')
    .option(
      '--https-proxy <url>',
      'proxy for the APIs (default: HTTPS_PROXY, NO_PROXY; one with a password only there)',
      withoutPassword,
    );
}

/** @throws GivreError `E_TARGET_OPTION` (usage) for what is missing or does not belong to the chosen target. */
export function targetOptionsOf(words: TargetWords): TargetOptions {
  refuseStrays(words);
  switch (words.target) {
    case 'container':
      return { kind: 'container', ...(words.machineMemory === undefined ? {} : { memoryBytes: words.machineMemory }) };
    case 'ssh':
      return {
        kind: 'ssh',
        host: required(words.host, '--host', 'ssh', 'debian@192.0.2.10'),
        generatorHosts: words.generatorHost,
        sshJump: words.sshJump,
        identity: words.identity,
      };
    case 'openstack':
      return {
        kind: 'openstack',
        ...cloudWords(words),
        flavor: required(words.flavor, '--flavor', 'openstack', 'm1.small'),
        image: required(words.image, '--image', 'openstack', 'debian-12'),
        network: required(words.network, '--network', 'openstack', 'private'),
      };
  }
}

/** For a look at a cloud, where nothing need be named yet; undefined for the other targets. */
export function partialTargetOf(words: TargetWords): Partial<OpenstackOptions> | undefined {
  refuseStrays(words);
  if (words.target !== 'openstack') return undefined;
  const named = { flavor: words.flavor, image: words.image, network: words.network };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { ...cloudWords(words), ...Object.fromEntries(given) };
}

function cloudWords(words: TargetWords): Omit<OpenstackOptions, 'flavor' | 'image' | 'network'> {
  return {
    cloud: words.cloud,
    region: words.region,
    generatorFlavor: words.generatorFlavor,
    floatingNetwork: words.floatingIp,
    availabilityZone: words.availabilityZone,
    configDrive: words.configDrive,
    bootVolumeGb: words.bootVolume,
    serverGroup: words.serverGroup,
    sshUser: words.sshUser,
    sshJump: words.sshJump,
    allowFrom: words.allowFrom,
    golden: words.golden,
    httpsProxy: words.httpsProxy,
  };
}

/** A word that would be ignored is a mistake: `--flavor` without `--target openstack` measures something else. */
function refuseStrays(words: TargetWords): void {
  const given = (value: unknown): boolean =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const openstack = {
    '--cloud': words.cloud,
    '--region': words.region,
    '--flavor': words.flavor,
    '--generator-flavor': words.generatorFlavor,
    '--image': words.image,
    '--network': words.network,
    '--floating-ip': words.floatingIp,
    '--availability-zone': words.availabilityZone,
    '--config-drive': words.configDrive,
    '--boot-volume': words.bootVolume,
    '--server-group': words.serverGroup,
    '--allow-from': words.allowFrom,
    '--https-proxy': words.httpsProxy,
  };
  const ssh = { '--host': words.host, '--generator-host': words.generatorHost, '--identity': words.identity };
  const container = { '--machine-memory': words.machineMemory };
  const strays = [
    ...(words.target === 'container' ? [] : Object.entries(container).map((it) => ({ it, target: 'container' }))),
    ...(words.target === 'openstack' ? [] : Object.entries(openstack).map((it) => ({ it, target: 'openstack' }))),
    ...(words.target === 'ssh' ? [] : Object.entries(ssh).map((it) => ({ it, target: 'ssh' }))),
  ];
  const stray = strays.find(({ it: [, value] }) => given(value));
  if (stray === undefined) return;
  throw usageError(
    'E_TARGET_OPTION',
    `${stray.it[0]} has no meaning for the ${words.target} target`,
    `add --target ${stray.target}, or leave it out`,
  );
}

function required(value: string | undefined, name: string, target: string, example: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw usageError('E_TARGET_OPTION', `--target ${target} needs ${name}`, `for example: ${name} ${example}`);
}
