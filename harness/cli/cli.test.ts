import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunResult, run } from '../core/subprocess.ts';
import { knownDefects } from '../platforms/control/defects.ts';
import { machineId } from '../runs/lock.ts';
import { listOurContainers } from '../targets/leftovers.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');
const ON_A_CLOUD = '--target openstack --flavor a --image b --network c'.split(' ');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** givre as a process, as `npm run` starts it. */
function givre(args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
  return run([process.execPath, MAIN, ...args], {
    timeoutMs: 50_000,
    env: { XDG_STATE_HOME: folder, ...env },
    cwd: folder,
  });
}

function bench(...args: readonly string[]): Promise<RunResult> {
  return givre(['bench', '--scenario', 'coldstart', '--platform', 'control', ...args]);
}

describe('npm run bench', () => {
  test('has help with examples', async () => {
    const { exitCode, stdout } = await givre(['bench', '--help']);
    expect(exitCode).toBe(0);
    for (const word of ['Examples:', '--platform', '--levels', '--dry-run', 'Exit codes:', 'Defects of the control'])
      expect(stdout).toContain(word);
    for (const { name } of knownDefects()) expect(stdout).toMatch(new RegExp(`^  [* ] ${name}[[ ]`, 'm'));
  });

  test.each([
    [['--flavor', 'm1.small'], '--flavor has no meaning for the container target', 'add --target openstack'],
    [['--target', 'openstack', '--flavor', 'm1.small'], '--target openstack needs --image', '--image debian-12'],
    [['--target', 'ssh'], '--target ssh needs --host', '--host debian@192.0.2.10'],
    [['--levels', 'L4'], 'level L4 boots machines', 'use --target openstack'],
    [['--machines', '2'], 'one machine per platform', ''],
    [['--platform', 'existing'], 'nothing is installed yet', 'use --target ssh'],
  ])('refuses %j with one clear error', async (words, what, todo) => {
    const { exitCode, stderr } = await bench(...words);
    expect(stderr).toContain(what);
    expect(stderr).toContain(todo);
    expect(exitCode).toBe(2);
  });

  test.each([
    [['latency', '--generators', '0'], 'from 1 to 64', ''],
    [['latency', '--generators', 'two'], 'from 1 to 64', ''],
    [['latency', '--generators', '2', '--path', 'gateway,direct'], 'do not reach the path direct', 'leave out'],
    [['latency,burst', '--generators', '2'], 'do not go with burst', 'run it by itself'],
    [['async', '--generators', '2'], 'do not go with async', 'run it by itself'],
    [['coldstart', '--generators', '2'], '--generators has no meaning for the scenario coldstart', ''],
    [
      ['latency', '--generators', '2', '--target', 'ssh', '--host', 'debian@192.0.2.10'],
      'with --target ssh each generator is named',
      '--generator-host user@address',
    ],
    [['latency', '--generator-host', 'debian@192.0.2.11'], 'has no meaning for the container target', 'ssh'],
    [
      ['coldstart', '--target', 'ssh', '--host', 'debian@192.0.2.10', '--generator-host', 'debian@192.0.2.11'],
      '--generator-host has no meaning for the scenario coldstart',
      'such as latency',
    ],
    [
      ['latency', '--target', 'ssh', '--host', 'debian@192.0.2.10', '--generator-host', 'debian@192.0.2.10'],
      'debian@192.0.2.10 is named twice',
      'a machine of its own',
    ],
    [['latency', '--generator-flavor', 'm1.large'], 'has no meaning for the container target', '--target openstack'],
    [['latency', '--generator-flavor', 'm1.large', ...ON_A_CLOUD], 'none were asked for', 'add --generators N'],
    [['latency', '--generators', '2', '--path', 'direct', ...ON_A_CLOUD], 'do not reach the path direct', 'leave out'],
  ])('refuses generators that cannot be: %j', async (words, what, todo) => {
    const { exitCode, stderr } = await givre(['bench', '--platform', 'control', '--scenario', ...words, '--dry-run']);
    expect(stderr).toContain(what);
    expect(stderr).toContain(todo);
    expect(exitCode).toBe(2);
  });

  test('says in a dry run how many generators there will be', async () => {
    const words = ['--scenario', 'latency', '--platform', 'control', '--generators', '3', '--dry-run'];
    expect((await givre(['bench', ...words])).stdout).toContain('generators 3, each with its share');
  });

  test('says in a dry run what servers the generators will be', async () => {
    const words = ['--scenario', 'latency', '--platform', 'control', '--generators', '3', '--dry-run', ...ON_A_CLOUD];
    expect((await givre(['bench', ...words])).stdout).toContain('generators 3, servers of flavor a, each with');
    const larger = await givre(['bench', ...words, '--generator-flavor', 'd']);
    expect(larger.stdout).toContain('generators 3, servers of flavor d, each with');
  });

  test.each(['/dev/null/x', '/proc/nope', 'taken'])(
    'refuses before anything is made to put runs into %s',
    async (out) => {
      await writeFile(join(folder, 'taken'), '');
      const { exitCode, stdout, stderr } = await bench('--out', out, '--dry-run');
      expect(stderr).toMatch(new RegExp(`^error E_OUT: --out ${out} cannot be written: `));
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    },
  );

  test('refuses a proxy with a password among its words, and does not repeat it', async () => {
    for (const proxy of ['http://me:hunter2@127.0.0.1:3128', 'me:hunter2@127.0.0.1', 'http://hunter2@127.0.0.1']) {
      const { exitCode, stdout, stderr } = await bench(...ON_A_CLOUD, '--https-proxy', proxy, '--dry-run');
      expect(stderr).toContain('set the variable HTTPS_PROXY');
      expect(stdout + stderr).not.toContain('hunter2');
      expect(exitCode).toBe(2);
    }
  });

  test('keeps the password of a proxy in the environment to itself', async () => {
    const clouds = join(folder, 'proxied.yaml');
    await writeFile(
      clouds,
      'clouds: {mine: {auth: {auth_url: "https://192.0.2.1/v3", username: u, password: p, user_domain_name: d, project_name: n, project_domain_name: d}}}',
    );
    const env = { OS_CLIENT_CONFIG_FILE: clouds, HTTPS_PROXY: 'http://me:hunter2@127.0.0.1:1', NO_PROXY: '' };
    const { exitCode, stdout, stderr } = await givre(['doctor', '--target', 'openstack', '--cloud', 'mine'], env);
    expect(stdout + stderr).toContain('ECONNREFUSED 127.0.0.1:1');
    expect(stdout + stderr).not.toMatch(/hunter2|bWU6aHVudGVyMg/);
    expect(exitCode).toBe(4);
  });

  test('shows nothing in its errors that could drive the terminal', async () => {
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'a\u001b]52;c;eA==\u0007', '--nope\u009b2J']);
    expect(stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(exitCode).toBe(2);
  });

  test('refuses a cloud that no file names, before anything is built', async () => {
    const machine = ['--flavor', 'a', '--image', 'b', '--network', 'c'];
    const clouds = join(folder, 'clouds.yaml');
    await writeFile(clouds, 'clouds: {mycloud: {auth: {auth_url: "http://127.0.0.1:1/v3"}}}');
    const words = ['bench', '--scenario', 'coldstart', '--platform', 'control', '--target', 'openstack', ...machine];
    const { exitCode, stderr } = await givre([...words, '--cloud', 'mycluod'], { OS_CLIENT_CONFIG_FILE: clouds });
    expect(stderr).toContain('there is no cloud "mycluod"');
    expect(stderr).toContain('did you mean mycloud?');
    expect(exitCode).toBe(2);
  });

  test('--dry-run prints the plan and creates nothing', async () => {
    const { exitCode, stdout } = await bench(
      '--dry-run',
      '--levels',
      'l1,L2',
      '--samples',
      '5',
      '--seed',
      '7',
      '--functions',
      'rust-prim*,go-hello',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('functions  rust-primes, go-hello (named by --functions)');
    expect(stdout).toContain('5 per platform, function and level: 20 in all, seed 7');
    expect(await readdir(folder)).not.toContain('runs');
  });

  test('--dry-run --json is machine-readable and says which platform', async () => {
    const { stdout } = await bench('--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      platforms: ['control'],
      levels: ['L1'],
      samples: 40,
      scenario: 'coldstart',
    });
  });

  test('without --functions it measures what the stack marks as the default, or all where nothing is marked', async () => {
    const fn = (name: string, labels = ''): string => `  ${name}: {image: example/x, skip_build: true${labels}}\n`;
    const head = 'provider: {name: openfaas}\nfunctions:\n';
    const [plain, marked] = [join(folder, 'plain.yaml'), join(folder, 'marked.yaml')];
    await writeFile(plain, `${head}${fn('a')}${fn('b')}`);
    await writeFile(marked, `${head}${fn('c', ', labels: {dev.givre/default: "true"}')}${fn('d')}`);
    const chosen = async (...words: readonly string[]) =>
      JSON.parse((await bench('--dry-run', '--json', ...words)).stdout).functions;
    expect(await chosen('--stack', plain)).toEqual(['a', 'b']);
    expect(await chosen('--stack', marked)).toEqual(['c']);
    expect(await chosen('--stack', plain, '--stack', marked)).toEqual(['c']);
    expect(await chosen('--stack', marked, '--functions', '*')).toEqual(['c', 'd']);
    expect(await chosen()).toEqual(['rust-hello', 'go-hello', 'node-hello', 'python-hello']);
  });

  test('--platform auto says what it chose and why', async () => {
    const { exitCode, stdout } = await givre(['bench', '--scenario', 'coldstart', '--dry-run'], {
      GIVRE_FAASD_BINARY: '',
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^platform {3}(faasd|control) \(auto: /);
  });

  test.each([
    { words: ['--levels', 'L9'], code: 'E_LEVEL', says: 'unknown level "L9"' },
    { words: ['--platform', 'kubernetes'], code: 'E_PLATFORM', says: 'unknown platform "kubernetes"' },
    { words: ['--functions', 'rust-helo'], code: 'E_FUNCTION_UNKNOWN', says: 'rust-hello' },
    { words: ['--stack', '/no/such/stack.yaml'], code: 'E_STACK_UNREADABLE', says: '/no/such/stack.yaml' },
    { words: ['--like', 'lambda'], code: 'E_PLATFORM', says: '--like knows no platform "lambda"' },
    { words: ['--platform', 'faasd', '--defect', 'leak-cni'], code: 'E_PLATFORM', says: 'for the control platform' },
    { words: ['--platform', 'control,control'], code: 'E_PLATFORM', says: 'named twice' },
  ])('refuses $words with $code and exit code 2', async ({ words, code, says }) => {
    const { exitCode, stderr, stdout } = await bench('--dry-run', ...words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error ${code}:`);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('    at ');
  });

  test.each([
    { words: ['--samples', '-1'] },
    { words: ['--samples', '1e9'] },
    { words: ['--samples', 'many'] },
    { words: ['--seed', '0.5'] },
    { words: ['--target', 'moon'] },
    { words: ['--no-such-option'] },
  ])('refuses $words with exit code 2', async ({ words }) => {
    const { exitCode, stderr } = await bench('--dry-run', ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: /);
  });

  test.each([
    [['--scenario', 'latency', '--rate', '0'], '"0" is no rate', '--rate 50,200'],
    [['--scenario', 'latency', '--rate', '10,fast'], '"fast" is no rate', '--rate 50,200'],
    [['--scenario', 'latency', '--duration', '12s'], '"12s" is too short: 15s is the shortest', 'three may be a stall'],
    [['--scenario', 'latency', '--duration', '25h'], '"25h" is too long: 24h is the longest', '15s to 24h'],
    [['--scenario', 'latency', '--duration', '15.5s'], 'is not in whole seconds', '15s to 24h'],
    [['--scenario', 'latency', '--duration', 'long'], '"long" is no duration', '15s to 24h'],
    [['--scenario', 'latency', '--warm-up', '1s'], '"1s" is too short: 3s is the shortest', '3s to 1h'],
    [['--scenario', 'latency', '--rate', ','], '--rate "," names nothing', 'separated by commas'],
    [['--scenario', 'payload', '--payload', '1k,huge'], '"huge" is no size', '--payload 0,1k,64k'],
    [['--scenario', 'latency', '--path', 'tunnel'], 'unknown path "tunnel"', 'known: direct, gateway, provider'],
    [['--scenario', 'latency', '--path', 'gatway'], 'unknown path "gatway"', 'did you mean gateway?'],
    [['--scenario', 'latency', '--slo', 'p99<50'], 'cannot understand "p99<50"', 'p50<5ms'],
    [['--scenario', 'latency', '--samples', '5'], '--samples has no meaning for the scenario latency', 'coldstart'],
    [['--scenario', 'coldstart', '--rate', '50'], '--rate has no meaning for the scenario coldstart', 'latency'],
    [['--scenario', 'latency', '--k6', '/nowhere/k6'], 'cannot run /nowhere/k6', '--k6'],
    [['--scenario', 'latency', '--profile', 'endless'], 'argument', 'thorough'],
    [['--scenario', 'density', '--machine-memory', '2'], '--machine-memory', '1536m or 2g'],
  ])('refuses load that cannot be meant: %j', async (words, what, todo) => {
    const { exitCode, stderr } = await givre(['bench', '--platform', 'control', ...words]);
    expect(stderr).toContain(what);
    expect(stderr).toContain(todo);
    expect(exitCode).toBe(2);
  });

  test.each([
    [['--scenario', 'latency', '--functions', 'rust-json', '--payload', '1k'], 'rust-json', 'the workload json'],
    [['--scenario', 'payload', '--functions', 'rust-echo,go-thumbnail'], 'go-thumbnail', 'the workload thumbnail'],
  ])('refuses bodies that a function would refuse: %j', async (words, name, workload) => {
    const { exitCode, stderr } = await givre(['bench', '--platform', 'control', ...words, '--dry-run']);
    expect(stderr).toContain(`error E_PAYLOAD: ${name} cannot be sent bodies of`);
    expect(stderr).toContain(workload);
    expect(stderr).toContain('leave out --payload');
    expect(exitCode).toBe(2);
  });

  test('asks each of several scenarios for what it is asked for alone', async () => {
    const words = ['--functions', 'rust-hello', '--platform', 'control', '--dry-run', '--json'];
    const { stdout } = await givre(['bench', '--scenario', 'latency,payload,async', ...words]);
    expect(JSON.parse(stdout).load.scenarios).toMatchObject({
      latency: { rates: [50], payloads: ['own'] },
      payload: { rates: [10], payloads: [0, 1024, 16_384, 262_144, 1_048_576] },
      async: { rates: [20], payloads: ['own'] },
    });
    const all = await givre(['bench', '--scenario', 'latency,payload,async', '--rate', '30', ...words]);
    const { scenarios } = JSON.parse(all.stdout).load as { scenarios: Record<string, { rates: number[] }> };
    expect(Object.values(scenarios).map((it) => it.rates)).toEqual([[30], [30], [30]]);
  });

  test('says what each function will be sent', async () => {
    const words = ['--scenario', 'latency', '--functions', 'rust-hello,rust-json,rust-misbehave', '--dry-run'];
    const { exitCode, stdout } = await givre(['bench', '--platform', 'control', ...words]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('sent       rust-hello: the vector "empty body" (0 bytes)');
    expect(stdout).toContain('sent       rust-json: the vector "300 items" (20814 bytes)');
    expect(stdout).toContain('sent       rust-misbehave: no body');
  });

  test('refuses a stack file that names a body which is not there, before anything is made', async () => {
    const path = join(folder, 'bodies.yaml');
    const fn = '{image: mine, skip_build: true, annotations: {dev.givre/request-body: gone.json}}';
    await writeFile(path, `version: 1.0\nprovider: {name: openfaas}\nfunctions:\n  mine: ${fn}\n`);
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'latency', '--stack', path]);
    expect(stderr).toContain('error E_REQUEST_BODY: the request body of the function mine:');
    expect(exitCode).toBe(2);
  });

  test('plans several scenarios in one run', async () => {
    const words = ['--scenario', 'coldstart,latency', '--rate', '50,200', '--duration', '1m', '--dry-run', '--json'];
    const { exitCode, stdout } = await givre(['bench', '--platform', 'control', ...words]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: 'coldstart,latency',
      levels: ['L1'],
      load: { rates: [50, 200], durationMs: 60_000, paths: ['gateway'] },
    });
  });

  test('refuses an unknown scenario and names those that there are', async () => {
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'warmstart']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown scenario "warmstart"');
    expect(stderr).toContain('known: async, burst, coldstart, density, latency, memory, payload, soak, throughput');
  });

  test('refuses a stack file that is none, with the place of the mistake', async () => {
    const path = join(folder, 'bad.yaml');
    await writeFile(path, 'version: 1.0\nprovider: {name: openfaas}\nfunctions:\n  a: {lang: dockerfile}\n');
    const { exitCode, stderr } = await bench('--dry-run', '--stack', path);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('functions.a.image');
  });

  test('says when no Docker engine answers, with exit code 4', async () => {
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'coldstart', '--platform', 'control'], {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('error E_DOCKER_DOWN: no Docker engine answers');
    expect(stderr).toContain('./ci/setup');
  });

  test('refuses a faasd binary that is not one, and leaves no container', async () => {
    const path = join(folder, 'faasd');
    await writeFile(path, '#!/bin/sh\necho hello\n', { mode: 0o755 });
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'coldstart', '--platform', `faasd=${path}`]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error E_NOT_FAASD:');
    // Other tests have containers meanwhile; those of this one would carry the machine id of its own state folder.
    const own = await machineId(join(folder, 'givre'));
    expect((await listOurContainers()).filter((container) => container.machine === own)).toEqual([]);
  });

  test('refuses an unknown subcommand', async () => {
    expect((await givre(['melt'])).exitCode).toBe(2);
  });
});

describe('npm run doctor', () => {
  test('says what is missing and how to get it', async () => {
    const { exitCode, stdout } = await givre(['doctor'], { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/MISSING Docker engine: .*\n +→ run \.\/ci\/setup/);
    expect(stdout).toContain('as good as root on this host');
  });

  test('refuses to look at a machine that nobody has named', async () => {
    const { exitCode, stderr } = await givre(['doctor', '--target', 'ssh']);
    expect(stderr).toContain('--target ssh needs --host');
    expect(exitCode).toBe(2);
  });

  test('refuses a machine of which nothing is known, before anything else is looked at', async () => {
    const { exitCode, stderr, stdout } = await givre(['doctor', '--target', 'ssh', '--host', 'debian@192.0.2.10']);
    expect(stderr).toContain('E_SSH_UNKNOWN_HOST');
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  test('refuses generators where it looks at no cloud', async () => {
    const { exitCode, stderr } = await givre(['doctor', '--generators', '2']);
    expect(stderr).toContain('--generators tells nothing of this machine');
    expect(stderr).toContain('add --target openstack');
    expect(exitCode).toBe(2);
  });

  test('finds nothing missing on a machine that is set up', async () => {
    const { exitCode, stdout } = await givre(['doctor', '--json']);
    expect(JSON.parse(stdout).filter((finding: { status: string }) => finding.status === 'missing')).toEqual([]);
    expect(exitCode).toBe(0);
  });
});

describe('npm run report', () => {
  test('refuses a folder that holds no run', async () => {
    const { exitCode, stderr } = await givre(['report', '/nowhere']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/error E_\w+: .*\/nowhere/);
  });
});
