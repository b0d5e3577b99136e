import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../core/host.ts';
import type { Installation, Platform } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import { Scope } from '../core/scope.ts';
import type { CoreImages } from './compose.ts';
import { controlPlatform } from './control/index.ts';
import { faasdPlatform } from './faasd/install.ts';
import { obtainFaasd } from './faasd/obtain.ts';
import { askAll } from './fidelity/ask.ts';
import { questions } from './fidelity/questions.ts';
import { readRecord } from './fidelity/table.ts';
import { type GatewayClient, GatewayError, gatewayClient } from './gateway-client.ts';
import { gatherJournal } from './journal.ts';
import { machineImage, publishCoreImages, publishTiny, testMachine, withMachine } from './machine.fixture.ts';

const faasdPath = process.env.GIVRE_FAASD_BINARY;
if (faasdPath === undefined) console.warn('NOT RUN: all tests on a real faasd. Set GIVRE_FAASD_BINARY to run them.');

const quiet = { signal: AbortSignal.timeout(1_500_000), progress: () => {} };

let image: string;
beforeAll(async () => {
  image = await machineImage(quiet.signal);
}, 900_000);

/** For tests that are skipped without it. */
const needsFaasd = { meta: { skipReason: 'GIVRE_FAASD_BINARY names no faasd' } };

async function realFaasd(): Promise<Platform> {
  const binary = await obtainFaasd({ path: faasdPath, cacheDir: '/nonexistent', ...quiet });
  return faasdPlatform({ binary, publishCoreImages });
}

async function shapedControl(): Promise<Platform> {
  return controlPlatform({ label: 'shaped', like: 'faasd', publishCoreImages });
}

describe.each([
  { name: 'control', kind: 'control', platform: async () => controlPlatform(), available: true },
  { name: 'shaped', kind: 'control', platform: shapedControl, available: true },
  { name: 'faasd', kind: 'faasd', platform: realFaasd, available: faasdPath !== undefined },
] as const)('$name, installed on a machine container', ({ name, kind, platform, available }) => {
  if (!available) return test.skip('works', needsFaasd);
  const scope = new Scope();
  let host: Host;
  let installation: Installation;
  let client: GatewayClient;
  let wanted: Platform;

  beforeAll(async () => {
    wanted = await platform();
    const began = performance.now();
    host = await testMachine(scope, image, name, quiet.signal);
    const steps = [`machine after ${Math.round(performance.now() - began)} ms`];
    installation = await wanted.install(scope, host, quiet.signal, (line) => steps.push(line));
    console.log(`${name} ready ${Math.round(performance.now() - began)} ms after docker run (${steps.join(', ')})`);
    client = gatewayClient(installation);
  }, 120_000);
  afterAll(async () => expect(await scope.close()).toEqual([]), 60_000);

  test('says what it is', async () => {
    expect(installation).toMatchObject({ kind, label: name });
    const info = await client.info();
    expect(info.provider.orchestration).toBe('containerd');
    expect(info.provider.provider.includes('faasd')).toBe(name === 'faasd');
    expect(await client.listNamespaces()).toContain('openfaas-fn');
  });

  test('deploys a function from the machine’s registry, and invokes, lists and describes it', async () => {
    const tiny = await publishTiny(host.address(5000));
    await client.deploy({ service: 'tiny', image: tiny, labels: { made: 'by-test' }, envVars: { A: 'b' } });
    const answer = await untilOk(() => client.invoke('tiny', { method: 'POST', path: '/some/path?x=1', body: 'ping' }));
    expect(Buffer.from(answer.body).toString()).toBe('POST /some/path?x=1 ping');
    // A list of at least one function asks Prometheus; without it the gateway drops the connection.
    expect(await client.listFunctions()).toMatchObject([{ name: 'tiny', image: tiny, labels: { made: 'by-test' } }]);
    expect(await client.functionStatus('tiny')).toMatchObject({ name: 'tiny', replicas: 1, availableReplicas: 1 });
  }, 60_000);

  test('runs an asynchronous invocation through NATS and the queue-worker, and calls back', async () => {
    const callback = await callbackServer(host);
    try {
      const accepted = await client.invokeAsync('tiny', { path: '/later', body: 'queued', callbackUrl: callback.url });
      expect(accepted.status).toBe(202);
      const { body, headers } = await callback.received;
      const callId = accepted.headers.get('x-call-id');
      expect({ body, headers }).toMatchObject({
        body: 'POST /later queued',
        headers: { 'x-function-status': '200', 'x-call-id': callId },
      });
    } finally {
      callback.close();
    }
  }, 60_000);

  test('keeps secrets by name only', async () => {
    await client.createSecret('pass-phrase', 'very hidden');
    expect((await client.listSecrets()).map((secret) => secret.name)).toContain('pass-phrase');
    await client.removeSecret('pass-phrase');
    expect((await client.listSecrets()).map((secret) => secret.name)).not.toContain('pass-phrase');
  });

  test('refuses a wrong password', async () => {
    const stranger = gatewayClient({ ...installation, credentials: { user: 'admin', password: 'not-the-one' } });
    const refused = await stranger.listFunctions().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ status: 401, path: '/system/functions' });
  });

  test('shows its password in no process list, environment or log', async () => {
    const { password } = installation.credentials;
    const script = `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ /var/log/givre/*.log`;
    const seen = await host.exec(['sh', '-c', script]);
    expect(seen.stdout.length).toBeGreaterThan(1_000);
    expect(seen.stdout.includes(password)).toBe(false);
    const mode = await host.exec(['find', '/var/lib', '-name', 'basic-auth-password', '-perm', '/077']);
    expect(mode.stdout).toBe('');
  });

  test('logs a function for its clients, and its core services for the run folder', async () => {
    // The program of `tiny` says at its start where it listens.
    expect((await client.logs('tiny')).map((line) => line.text).join('\n')).toContain('tiny listens');
    const folder = await mkdtemp(join(tmpdir(), 'givre-install-logs-'));
    try {
      await wanted.gatherLogs?.(host, 600_000);
      await host.collectLogs(folder, AbortSignal.timeout(60_000));
      expect(await readFile(join(folder, 'gateway.log'), 'utf8')).toContain('/async-function/tiny');
      expect(await readFile(join(folder, 'queue-worker.log'), 'utf8')).toContain('Listening on');
      const functions = join(folder, 'functions/openfaas-fn/tiny.log');
      expect(await readFile(functions, 'utf8')).toContain('tiny listens');
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  // Those of the plain control are processes of the machine.
  const inContainers = name === 'control' ? undefined : test;
  inContainers?.('runs its core services on the bridge, with the limits that containerd gives', async () => {
    const script = `pid=$(ctr -n openfaas tasks ls | awk '$1 == "gateway" { print $2 }')
grep 'Max open files' /proc/$pid/limits; cat /proc/$pid/root/etc/hosts; readlink /proc/1/ns/net /proc/$pid/ns/net | sort -u | wc -l`;
    const { stdout } = await host.exec(['sh', '-c', script]);
    expect(stdout).toMatch(/^Max open files\s+1024\s+1024 /);
    expect(stdout).toMatch(/^10\.62\.0\.\d+\s+gateway$/m);
    expect(stdout).toMatch(/^10\.62\.0\.1\s+\S*provider$/m);
    // A network of its own, and so a loopback of its own: what core services are to reach listens on the bridge.
    expect(stdout.trimEnd().endsWith('\n2')).toBe(true);
    expect(installation.callbackHost).toBe('10.62.0.1');
  });

  test('answers the whole API as is on record, request by request', async () => {
    await client.remove('tiny');
    const { answers } = await readRecord();
    const column = { control: 'control', shaped: 'control+like-faasd', faasd: 'faasd' } as const;
    const recorded = answers[column[name]];
    const image = await publishTiny(host.address(5000));
    const asked = await askAll(questions, { installation, host, image, slow: false, signal: quiet.signal });
    expect(asked.size).toBeGreaterThan(100);
    // One object, so that a failure shows every answer that is another one.
    const onRecord = [...asked.keys()].map((id) => [id, recorded.get(id)]);
    expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(onRecord));
  }, 90_000);

  test('forgets a removed function', async () => {
    await client.deploy({ service: 'tiny', image: await publishTiny(host.address(5000)) });
    await client.remove('tiny');
    const answer = await client.invoke('tiny');
    expect(answer.status).toBe(404);
    await expect(client.functionStatus('tiny')).rejects.toMatchObject({ code: 'E_GATEWAY_ANSWER', status: 404 });
  }, 60_000);
});

describe('logs that go to a journal', () => {
  test('are said to be not seen where there is none', async () => {
    await withMachine(image, 'no-journal', async (host) => {
      await gatherJournal(host, 60_000);
      const note = await host.exec(['cat', '/var/log/givre/journal-not-seen.log']);
      expect(note.stdout).toBe(
        'The logs of core services and functions were not seen: the journal holds nothing of core services\n',
      );
    });
  }, 60_000);
});

describe('the front proxy of a control that is shaped like faasd', () => {
  const flood = `for i in $(seq 600); do exec {fd}<>/dev/tcp/127.0.0.1/8080 || break; done 2>/dev/null; sleep 1`;
  const closed = ': < /dev/tcp/127.0.0.1/8080';

  test('dies for good when it has no descriptors left, and answers again when it is restarted', async () => {
    await withMachine(image, 'proxy', async (host, scope) => {
      const platform = controlPlatform({ defects: ['front-proxy-dies'], publishCoreImages });
      const installation = await platform.install(scope, host, quiet.signal, quiet.progress);
      await host.exec(['bash', '-c', flood], { timeoutMs: 60_000 });
      expect(await host.serviceLog('givre-core')).toMatch(
        /front proxy on 0\.0\.0\.0:8080 ended: .*too many open files/,
      );
      expect((await host.exec(['bash', '-c', closed])).exitCode).not.toBe(0);
      expect(await host.serviceAlive('givre-core')).toBe(true);
      await host.stopService('givre-core');
      const words = ['--provider-host', 'provider', '--defect', 'front-proxy-dies'];
      await host.startService({ name: 'givre-core', argv: ['/opt/givre/bin/givre-core', ...words] });
      await poll(
        async () => {
          const answer = await gatewayClient(installation)
            .health()
            .catch((error: unknown) => String(error));
          return answer === undefined ? { done: true, value: undefined } : { done: false, seen: answer };
        },
        { what: 'the gateway to answer again', deadlineMs: 60_000, everyMs: 100 },
      );
    });
  }, 180_000);
});

describe('installing the control', () => {
  test('fails at once and quotes the log when a service ends early', async () => {
    await withMachine(image, 'died', async (host, scope) => {
      const squatter = ['/opt/givre/bin/nats-streaming-server', '--port', '8080', '--dir', '/tmp/squatter'];
      await host.startService({ name: 'squatter', argv: squatter });
      const began = performance.now();
      const failure = await controlPlatform()
        .install(scope, host, quiet.signal, quiet.progress)
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'E_SERVICE_DIED', exitCode: 4 });
      expect(String(failure)).toContain('gateway ended');
      expect(failure).toHaveProperty('hint', expect.stringContaining('address already in use'));
      expect(performance.now() - began).toBeLessThan(20_000);
    });
  }, 120_000);

  test('gives up on a service that never becomes ready, and quotes its log', async () => {
    await withMachine(image, 'deadline', async (host, scope) => {
      await host.writeFile('/opt/givre/bin/gateway', '#!/bin/sh\necho I only sleep\nexec sleep 600\n', 0o755);
      await expect(controlPlatform().install(scope, host, quiet.signal, quiet.progress)).rejects.toMatchObject({
        code: 'E_DEADLINE',
        exitCode: 4,
        message: expect.stringMatching(/gateway.*healthz to answer 200/),
        hint: expect.stringContaining('I only sleep'),
      });
    });
  }, 120_000);

  test('refuses an unknown defect and says where those that it has are listed', async () => {
    await withMachine(image, 'defect', async (host, scope) => {
      const wrong = controlPlatform({ defects: ['leak-cni', 'no-such-thing'] });
      await expect(wrong.install(scope, host, quiet.signal, quiet.progress)).rejects.toMatchObject({
        code: 'E_UNKNOWN_DEFECT',
        exitCode: 2,
        message: expect.stringContaining('no-such-thing'),
        hint: expect.stringContaining('npm run bench -- --help'),
      });
    });
  }, 120_000);

  test('stops when it is aborted', async () => {
    await withMachine(image, 'abort', async (host, scope) => {
      const stop = new AbortController();
      const reason = new Error('enough');
      const installing = controlPlatform().install(scope, host, stop.signal, () => stop.abort(reason));
      await expect(installing).rejects.toBe(reason);
    });
  }, 120_000);
});

describe.skipIf(faasdPath === undefined)('installing faasd', needsFaasd, () => {
  test('fails at once and quotes the log when an image of a core service is not there', async () => {
    await withMachine(image, 'no-image', async (host, scope) => {
      const nowhere = '127.0.0.1:5000/no/such:image';
      const images = { gateway: nowhere, queueWorker: nowhere, natsStreaming: nowhere, prometheus: nowhere };
      await expect(installFaasd(scope, host, async () => images)).rejects.toMatchObject({
        code: 'E_SERVICE_DIED',
        message: expect.stringContaining('faasd ended'),
        hint: expect.stringContaining('no/such:image'),
      });
    });
  }, 120_000);

  test('fails at once when a core service ends', async () => {
    await withMachine(image, 'core-died', async (host, scope) => {
      // A gateway without settings ends at once.
      const broken = async (registry: string, signal: AbortSignal): Promise<CoreImages> => {
        const images = await publishCoreImages(registry, signal);
        return { ...images, queueWorker: images.gateway };
      };
      await expect(installFaasd(scope, host, broken)).rejects.toMatchObject({
        code: 'E_SERVICE_DIED',
        message: expect.stringContaining('queue-worker'),
        hint: expect.stringMatching(/queue-worker\s+\d+\s+STOPPED/),
      });
    });
  }, 120_000);

  async function installFaasd(
    scope: Scope,
    host: Host,
    publish: Parameters<typeof faasdPlatform>[0]['publishCoreImages'],
  ): Promise<Installation> {
    const platform = faasdPlatform({ binary: { path: faasdPath ?? '' }, publishCoreImages: publish });
    return await platform.install(scope, host, quiet.signal, quiet.progress);
  }
});

/** faasd says 500 while a fresh function does not listen yet; that is a result elsewhere, here it only has to come up. */
async function untilOk<T extends { status: number }>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = await attempt();
    if (answer.status === 200) return answer;
    if (performance.now() > end) throw new Error(`still ${answer.status} after 10 s`);
  }
}

interface Callback {
  readonly url: string;
  readonly received: Promise<{ body: string; headers: IncomingHttpHeaders }>;
  close(): void;
}

/** A server on this machine, as the machine container reaches it: at its default gateway. */
async function callbackServer(host: Host): Promise<Callback> {
  const { promise, resolve } = Promise.withResolvers<{ body: string; headers: IncomingHttpHeaders }>();
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    response.end();
    resolve({ body, headers: request.headers });
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the callback server has no port');
  const route = await host.exec(['ip', '-4', 'route', 'show', 'default']);
  const gateway = /via (\S+)/.exec(route.stdout)?.[1];
  return { url: `http://${gateway}:${address.port}/done`, received: promise, close: () => server.close() };
}
