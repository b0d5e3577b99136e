import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Host } from '../core/host.ts';
import type { Installation } from '../core/platform.ts';
import { Scope } from '../core/scope.ts';
import { startContainerd } from '../platforms/base.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { type GatewayClient, gatewayClient } from '../platforms/gateway-client.ts';
import { machineImage, publishTiny, testMachine } from '../platforms/machine.fixture.ts';
import { type AgentClient, connectAgent } from './client.ts';
import type { HttpRequest, Measurement, MeasureParams } from './protocol.ts';

/** The agent on a real machine: containerd, CNI, gateway, and a provider that leaks like faasd does. */

const NAMESPACE = 'openfaas-fn';
const AGENT = '/opt/givre/bin/givre-agent';
const CNI = { cniDir: '/var/run/cni/openfaas-cni-bridge', namespaces: [NAMESPACE] };
const FOREIGN_RULE = ['INPUT', '-s', '10.62.0.99/32', '-j', 'ACCEPT'];
const task = { namespace: NAMESPACE, id: 'tiny' };
const signal = AbortSignal.timeout(900_000);
const scope = new Scope();
let host: Host;
let installation: Installation;
let gateway: GatewayClient;
let agent: AgentClient;
let image: string;
let bodyBase64: string;

beforeAll(async () => {
  host = await testMachine(scope, await machineImage(signal), 'agent', signal);
  if (process.env.GIVRE_AGENT_BINARY !== undefined) {
    await host.upload(process.env.GIVRE_AGENT_BINARY, AGENT, 0o755, signal);
  }
  installation = await controlPlatform({ defects: ['leak-cni'] }).install(scope, host, signal, () => {});
  gateway = gatewayClient(installation, { signal });
  image = await publishTiny(host.address(5000));
  agent = connectAgent(host.open([AGENT]), signal);
  await scope.defer('the agent', () => agent.close());
  await gateway.deploy({ service: 'tiny', image });
  await agent.waitTask({ ...task, status: 'running', deadlineMs: 10_000 });
  const warm = await agent.http({ request: invocation(), deadlineMs: 5_000 });
  expect(warm).toMatchObject({ status: 200, correct: true });
  bodyBase64 = warm.bodyBase64;
}, 900_000);
afterAll(async () => expect(await scope.close()).toEqual([]), 60_000);

function invocation(): HttpRequest {
  return { address: installation.gatewayAddress, method: 'GET', path: '/function/tiny', headers: {} };
}

function management(address: string, path: string, body: object): HttpRequest {
  const { user, password } = installation.credentials;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return { address, method: 'POST', path, headers, bodyBase64: Buffer.from(JSON.stringify(body)).toString('base64') };
}

async function measure(overrides: Partial<MeasureParams> = {}): Promise<Measurement> {
  // What the gateway remembers of replicas expires after 250 ms.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return agent.measure({
    namespace: NAMESPACE,
    container: 'tiny',
    trigger: null,
    invoke: invocation(),
    expect: { status: 200, bodyBase64 },
    pollSpacingMs: 2,
    deadlineMs: 20_000,
    watch: { pluginsDir: '/opt/cni/bin', providerPort: 8081, functionPort: 8080 },
    ...overrides,
  });
}

const kill = () => agent.kill({ ...task, signal: 9, deadlineMs: 5_000 });

function eventAt({ events }: Measurement, topic: string): number {
  return events.find((event) => event.topic === topic)?.ns ?? Number.NaN;
}

test('the start of a killed function is seen from outside, edge by edge', async () => {
  const killed = await kill();
  expect(killed.exitNsRealtime).toMatch(/^\d{19}$/);
  const seen = await measure();
  expect(seen.warnings).toEqual([]);
  expect(seen.before).toMatchObject({ status: 'stopped', pid: killed.pid });
  expect(seen.after.status).toBe('running');
  expect(seen.after.pid).not.toBe(killed.pid);
  expect(Math.abs(seen.clockDriftNs)).toBeLessThan(100_000);

  const [deleted, created, started] = ['/tasks/delete', '/tasks/create', '/tasks/start'].map((it) => eventAt(seen, it));
  expect(deleted).toBeGreaterThan(0);
  expect(created).toBeGreaterThan(deleted ?? Number.NaN);
  expect(started).toBeGreaterThan(created ?? Number.NaN);
  const added = seen.cni.filter((run) => run.openedNs > (created ?? 0));
  expect(added.map((run) => run.plugin)).toEqual(expect.arrayContaining(['bridge', 'host-local', 'firewall']));
  for (const run of added) {
    expect(run.closedNs ?? 0).toBeGreaterThan(run.openedNs + 500_000);
    expect(run.closedNs ?? 0).toBeLessThan(started ?? 0);
  }
  expect(seen.listening?.pid).toBe(seen.after.pid);
  expect(seen.listening?.ns).toBeGreaterThan(created ?? Number.NaN);
  expect(seen.listening?.ns).toBeLessThan(seen.firstCorrectNs ?? Number.NaN);
});

test('events of one container are kept between two calls, without those of others', async () => {
  const container = { namespace: NAMESPACE, container: 'tiny' };
  await agent.followStart(container);
  await expect(agent.followStart(container)).rejects.toMatchObject({ code: 'E_AGENT_BUSY' });
  await gateway.deploy({ service: 'bystander', image });
  const { pid } = await kill();
  await measure();
  await gateway.remove('bystander');
  const { events, complete } = await agent.followStop();
  expect(complete).toBe(true);
  const tasks = events.filter((event) => event.topic.startsWith('/tasks/'));
  expect(tasks.map((event) => event.topic)).toEqual(['/tasks/exit', '/tasks/delete', '/tasks/create', '/tasks/start']);
  expect(tasks[0]).toMatchObject({ pid, exitStatus: 137 });
  expect(new Set(events.map((event) => event.subject))).toEqual(new Set(['tiny']));
  await expect(agent.followStop()).rejects.toMatchObject({ code: 'E_AGENT_NOT_RUNNING' });
});

test('requests to the provider are seen on the wire once, with the kernel’s time on the wall clock', async () => {
  await kill();
  const { packets, attempts, t0RealtimeNs } = await measure();
  const scaling = packets.filter((it) => it.path?.startsWith('/system/scale-function/tiny'));
  expect(scaling).toHaveLength(1);
  const answered = packets.find((it) => it.kind === 'response' && it.clientPort === scaling[0]?.clientPort);
  expect(answered?.ns).toBeGreaterThan(scaling[0]?.ns ?? Number.NaN);
  const forwarded = packets.find((it) => it.path?.startsWith('/function/tiny'));
  // The gateway stamps X-Start-Time on its own clock right before it forwards.
  const stamped = BigInt(attempts[0]?.headers['x-start-time'] ?? 0) - BigInt(t0RealtimeNs);
  const lag = (forwarded?.ns ?? Number.NaN) - Number(stamped);
  expect(lag).toBeGreaterThan(0);
  expect(lag).toBeLessThan(10_000_000);
});

test('a paused function resumes as the same process', async () => {
  const path = '/system/scale-function/tiny';
  const body = { serviceName: 'tiny', replicas: 0, namespace: NAMESPACE };
  const request = management(installation.providerAddress, path, body);
  expect(await agent.http({ request, deadlineMs: 5_000 })).toMatchObject({ correct: true });
  const { pid } = await agent.waitTask({ ...task, status: 'paused', deadlineMs: 5_000 });
  const seen = await measure();
  expect(seen.before).toMatchObject({ status: 'paused', pid });
  expect(seen.after).toMatchObject({ status: 'running', pid });
  expect(seen.events.map((event) => event.topic)).toContain('/tasks/resumed');
  expect(seen.listening).toBeNull();
});

test('a removed image is gone with its blobs, and a deployment that pulls it is seen to bring them back', async () => {
  const before = await agent.imageBlobs({ namespace: NAMESPACE, ref: image });
  expect(before.blobs.length).toBeGreaterThanOrEqual(3);
  expect(before.blobs.every((blob) => blob.present)).toBe(true);
  await gateway.remove('tiny');
  await agent.waitTask({ ...task, status: 'absent', deadlineMs: 30_000 });
  const removed = await agent.imageRemove({ namespace: NAMESPACE, ref: image });
  const digests = before.blobs.map((blob) => blob.digest);
  expect([...removed.gone].sort()).toEqual([...digests].sort());
  expect(await agent.contentPresent({ namespace: NAMESPACE, digests })).toEqual({ blobs: [] });
  expect(await agent.imageRemove({ namespace: NAMESPACE, ref: image })).toMatchObject({ removed: false, blobs: [] });

  const trigger = management(installation.gatewayAddress, '/system/functions', { service: 'tiny', image });
  const seen = await measure({ trigger });
  expect(seen.warnings).toEqual([]);
  expect(seen.before).toEqual({ status: 'absent', pid: null, containerPresent: false });
  const topics = seen.events.map((event) => event.topic);
  expect(topics).toEqual(expect.arrayContaining(['/images/create', '/containers/create', '/tasks/create']));
  expect(eventAt(seen, '/images/create')).toBeLessThan(eventAt(seen, '/containers/create'));
  const present = await agent.contentPresent({ namespace: NAMESPACE, digests });
  expect(present.blobs.map((blob) => blob.digest).sort()).toEqual([...digests].sort());
});

test('a trigger that fails is told, and nothing is invoked', async () => {
  const body = { service: 'other', image: '127.0.0.1:5000/givre/never-made:1' };
  const trigger = management(installation.gatewayAddress, '/system/functions', body);
  const seen = await measure({ trigger });
  expect(seen.trigger).toMatchObject({ correct: false });
  expect(seen.attempts).toEqual([]);
  expect(seen.warnings).toEqual([expect.stringContaining('the trigger failed')]);
});

test('an answer that never becomes right ends at the deadline, with every attempt kept', async () => {
  const seen = await measure({ expect: { status: 299 }, deadlineMs: 400, pollSpacingMs: 50 });
  expect(seen.firstCorrectNs).toBeNull();
  expect(seen.attempts.length).toBeGreaterThan(2);
  expect(seen.attempts.every((attempt) => attempt.status === 200 && !attempt.correct)).toBe(true);
});

test('a second window cannot open beside one that is open', async () => {
  const [first, second] = await Promise.allSettled([measure(), measure()]);
  const refused = [first, second].filter((it) => it.status === 'rejected');
  expect(refused).toMatchObject([{ reason: { code: 'E_AGENT_BUSY' } }]);
});

test('a wait that fails says what it last saw', async () => {
  await expect(agent.waitTask({ ...task, status: 'stopped', deadlineMs: 100 })).rejects.toMatchObject({
    code: 'E_AGENT_DEADLINE',
    message: expect.stringMatching(/tiny was to be stopped within 100 ms and is running/),
  });
  await expect(agent.kill({ namespace: NAMESPACE, id: 'nobody', signal: 9, deadlineMs: 100 })).rejects.toMatchObject({
    code: 'E_AGENT_NOT_FOUND',
  });
});

test('what dead starts leave behind is counted, and cleaning removes that and nothing else', async () => {
  await host.exec(['iptables', '-A', ...FOREIGN_RULE]);
  await agent.cleanCni(CNI);
  const clean = await agent.contamination(CNI);
  expect(clean).toMatchObject({ cniFiles: 1, tasks: 1, shims: 1 });
  for (let start = 0; start < 3; start++) {
    await kill();
    await measure();
  }
  const dirty = await agent.contamination(CNI);
  expect(dirty.cniFiles).toBe(4);
  expect((dirty.iptablesRules ?? 0) - (clean.iptablesRules ?? 0)).toBe(15);
  const cleaned = await agent.cleanCni(CNI);
  expect(cleaned).toMatchObject({ leasesRemoved: 3, rulesRemoved: 15, chainsRemoved: 3, leasesKept: 1 });
  expect(await agent.contamination(CNI)).toEqual(clean);
  expect((await host.exec(['iptables', '-C', ...FOREIGN_RULE])).exitCode).toBe(0);
  expect(await agent.http({ request: invocation(), deadlineMs: 5_000 })).toMatchObject({ status: 200 });
});

test('memory of function, shim and agent is told, as a series too, which pauses while a window is open', async () => {
  const { pid } = await agent.task(task);
  const reading = await agent.memory({ namespace: NAMESPACE, ids: ['tiny', 'nobody'], machine: true });
  expect(reading.tasks.map((one) => one.id)).toEqual(['tiny']);
  expect(reading.tasks[0]?.pids).toContain(pid);
  expect(reading.tasks[0]?.cgroupBytes).toBeGreaterThan(10_000);
  expect(reading.tasks[0]?.cgroupLimitBytes).toBeNull();
  expect(reading.tasks[0]?.functionPssBytes).toBeGreaterThan(10_000);
  expect(reading.tasks[0]?.shimPssBytes).toBeGreaterThan(1_000_000);
  expect(reading.agent.pssBytes).toBeLessThan(8_000_000);

  await agent.memoryStart({ namespace: NAMESPACE, ids: ['tiny'], machine: true, cgroupHz: 20, pssHz: 5 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  const open = await measure({ expect: { status: 299 }, deadlineMs: 600, pollSpacingMs: 100 });
  const series = await agent.memoryStop();
  expect(series.cgroup.length).toBeGreaterThan(5);
  expect(series.pss.length).toBeGreaterThan(1);
  expect(series.pausedTicks).toBeGreaterThan(5);
  const begin = Number(BigInt(open.t0RealtimeNs) - BigInt(series.t0RealtimeNs));
  const end = begin + (open.attempts.at(-1)?.doneNs ?? 0);
  expect(series.cgroup.filter((point) => point.ns > begin && point.ns < end)).toEqual([]);
});

test('a stream of events that broke off on the way is told', async () => {
  await agent.followStart({ namespace: NAMESPACE, container: 'tiny' });
  await host.stopService('containerd');
  await startContainerd({ host, signal, progress: () => {} });
  expect(await agent.followStop()).toMatchObject({ complete: false });
});
