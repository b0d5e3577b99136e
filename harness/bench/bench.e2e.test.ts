import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import type { BenchOptions } from '../planning/options.ts';
import { benchOnControl, type Ended } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

const runBench = (choice: Partial<BenchOptions>): Promise<Ended> =>
  benchOnControl({ samples: 3, out: folder, ...choice });

function coldStartsOf({ run }: Ended, platform: string) {
  return run.records.filter((it) => it.kind === 'coldstart').filter((it) => it.platform === platform);
}

async function filesOf(runFolder: string): Promise<readonly string[]> {
  const entries = await readdir(runFolder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** A function that answers "right" where a file holds this, and "wrong" where it does not. */
function answering(path: string, content: string): string {
  return `use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  my $head = '';
  while ($head !~ /\\r\\n\\r\\n/) { last unless sysread($client, $head, 4096, length $head) }
  open(my $file, '<', '${path}');
  my $answer = <$file> eq '${content}' ? 'right' : 'wrong';
  print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\n$answer";
  close $client;
}
`;
}

describe('a run on the control', () => {
  test('proves every level cold, for every language', { timeout: 300_000 }, async () => {
    const ended = await runBench({ functions: undefined, levels: ['L0', 'L1', 'L2', 'L3'], samples: 1 });
    const samples = coldStartsOf(ended, 'control');
    expect(samples.map((it) => `${it.level} ${it.function} ${it.verdict} ${it.reason}`).toSorted()).toEqual(
      ['L0', 'L1', 'L2', 'L3'].flatMap((level) =>
        ['go-hello', 'node-hello', 'python-hello', 'rust-hello'].map((name) => `${level} ${name} ok null`),
      ),
    );
    expect(samples.every((it) => it.firstAnswer.correct)).toBe(true);
    for (const sample of samples.filter((it) => it.level === 'L3')) {
      expect(sample.proof.bytesPulled).toBeGreaterThan(100_000);
      expect(sample.phases.map((phase) => phase.name)).toContain('pull');
    }
    const { manifest } = ended.run;
    expect(manifest.platforms).toMatchObject([{ label: 'control', kind: 'control', digestStatus: 'built-here' }]);
    expect(manifest.functions).toHaveLength(4);
    expect(manifest.functions.every((it) => it.image.includes(`@${it.digest}`))).toBe(true);
    expect(ended.notes[0]).toBe('platform: control (named by the user: control)');
    const logs = await readdir(join(ended.run.folder, 'logs', 'control-0'));
    for (const name of ['containerd', 'gateway', 'givre-provider', 'nats', 'prometheus', 'queue-worker', 'registry']) {
      expect(logs).toContain(`${name}.log`);
    }
  });

  test('measures the functions of any stack file, with secrets and files beside it', { timeout: 200_000 }, async () => {
    const stack = join(folder, 'stack.yaml');
    const handler = join(repositoryRoot, 'peer-functions/go/hello');
    await writeFile(
      stack,
      `version: 1.0
provider: { name: openfaas }
functions:
  my-own: { lang: dockerfile, handler: ${handler}, image: my-own:latest, limits: { memory: 64Mi } }
  secretive:
    lang: dockerfile
    handler: ./secretive
    image: secretive:latest
    secrets: [greeting]
    annotations: { dev.givre/expected-body: right }
configuration: { copy: [./common] }
`,
    );
    const value = 'tell nobody of this';
    await writeFile(join(folder, 'greeting.txt'), `${value}\n`);
    await mkdir(join(folder, 'secretive'));
    await mkdir(join(folder, 'common'));
    await writeFile(
      join(folder, 'secretive/Dockerfile'),
      'FROM debian:trixie-slim\nCOPY common/answer.pl /answer.pl\nCMD ["perl", "/answer.pl"]\n',
    );
    await writeFile(join(folder, 'common/answer.pl'), answering('/var/openfaas/secrets/greeting', value));
    const secrets = [`greeting=${join(folder, 'greeting.txt')}`];
    const ended = await runBench({ stacks: [stack], functions: '*', samples: 1, secrets });
    expect(
      coldStartsOf(ended, 'control')
        .map((it) => [it.function, it.verdict])
        .toSorted(),
    ).toEqual([
      ['my-own', 'ok'],
      ['secretive', 'ok'],
    ]);
    const files = await filesOf(ended.run.folder);
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) expect(await readFile(file, 'utf8'), file).not.toContain(value);
  });

  test('never writes a password into the run folder', { timeout: 120_000 }, async () => {
    const { run } = await runBench({ samples: 1 });
    const files = await filesOf(run.folder);
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      // Basic credentials as they stand in a header, and passwords as they are made: see newCredentials.
      expect(text).not.toMatch(/Basic [A-Za-z0-9+/=]{20,}/);
      for (const [secret] of text.matchAll(/(?<![0-9a-fA-F:@/_-])[0-9a-f]{64}(?![0-9a-f])/g)) {
        expect(`${file} holds ${secret}`).toBe('digests are preceded by sha256:');
      }
    }
  });

  test('shows what its defects do, with the origin of each failure', { timeout: 300_000 }, async () => {
    const ended = await runBench({
      platform: 'control,control+no-readiness,control+lost-task',
      // Node listens some 150 ms after its start: long after a provider without readiness has forwarded.
      functions: 'node-hello',
      samples: 2,
    });
    const hasty = coldStartsOf(ended, 'control+no-readiness');
    expect(hasty.map((it) => [it.verdict, it.firstAnswer.correct, it.firstAnswer.origin])).toEqual([
      ['ok', false, 'provider'],
      ['ok', false, 'provider'],
    ]);
    const lost = coldStartsOf(ended, 'control+lost-task');
    expect(lost.map((it) => [it.verdict, it.origin])).toEqual([
      ['failed', 'provider'],
      ['failed', 'provider'],
    ]);
    expect(coldStartsOf(ended, 'control').map((it) => it.verdict)).toEqual(['ok', 'ok']);
  });

  test('counts what leak-cni leaves behind, and cleans it between blocks', { timeout: 200_000 }, async () => {
    const { run } = await runBench({ platform: 'control+leak-cni', samples: 5 });
    const hygiene = run.records.filter((it) => it.kind === 'hygiene');
    expect(hygiene).toHaveLength(1);
    expect(hygiene[0]?.before.cniFiles).toBeGreaterThanOrEqual(5);
    expect(hygiene[0]?.after.cniFiles).toBe(0);
  });
});

test('two runs at once do not disturb each other', { timeout: 300_000 }, async () => {
  const both = await Promise.all([runBench({ samples: 2 }), runBench({ samples: 2, functions: 'go-hello' })]);
  for (const { run } of both) {
    const samples = run.records.filter((it) => it.kind === 'coldstart');
    expect(samples.map((it) => it.verdict)).toEqual(['ok', 'ok']);
  }
});

test('a real faasd is measured like the control', { timeout: 300_000 }, async ({ skip }) => {
  const path = process.env.GIVRE_FAASD_BINARY;
  if (!path) {
    console.warn('NOT RUN: a run on a real faasd, because GIVRE_FAASD_BINARY names none');
    skip('GIVRE_FAASD_BINARY names no faasd');
    return;
  }
  const ended = await runBench({
    platform: `faasd=${path}`,
    functions: 'rust-hello,python-hello',
    levels: ['L0', 'L1', 'L2', 'L3'],
    samples: 2,
  });
  const [platform] = ended.run.manifest.platforms;
  expect(platform).toMatchObject({ kind: 'faasd', source: path });
  const samples = coldStartsOf(ended, platform?.label ?? '');
  expect(samples.map((it) => it.verdict)).toEqual(Array(16).fill('ok'));
  expect(samples.some((it) => !it.firstAnswer.correct && it.firstAnswer.origin === 'provider')).toBe(true);
});
