import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Channel } from '../core/host.ts';
import { runOrFail } from '../core/subprocess.ts';
import { type AgentClient, connectAgent } from './client.ts';

const crate = import.meta.dirname;
const missing = join(crate, 'no-such-containerd.sock');

const named = process.env.GIVRE_AGENT_BINARY;
const canBuild = ['cargo', 'protoc'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const needsAgent = { meta: { skipReason: 'neither GIVRE_AGENT_BINARY nor cargo and protoc to build an agent with' } };

/** The built agent: named by the environment, or built here where there is cargo. */
async function agentBinary(): Promise<string> {
  if (named !== undefined) return named;
  const argv = ['cargo', 'build', '--locked', '--release', '--message-format=json-render-diagnostics'];
  const { stdout } = await runOrFail(argv, 'building the agent', { cwd: crate });
  const built = /"executable":"([^"]+givre-agent)"/.exec(stdout)?.[1];
  if (built === undefined) throw new Error('cargo did not say where the agent is');
  return built;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(program: string, args: readonly string[] = []): { channel: Channel; child: ChildProcess } {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GIVRE_CONTAINERD_SOCKET: missing },
  });
  children.push(child);
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 128)));
  return { channel: { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited }, child };
}

function connect(program: string, args?: readonly string[], signal?: AbortSignal): AgentClient {
  return connectAgent(start(program, args).channel, signal ?? new AbortController().signal);
}

describe.skipIf(named === undefined && !canBuild)('with a real agent', needsAgent, () => {
  let program: string;
  beforeAll(async () => {
    program = await agentBinary();
    expect(existsSync(program)).toBe(true);
  });

  test('hello tells what machine this is', async () => {
    const agent = connect(program);
    const { kernel, uid, cgroupVersion } = await agent.hello();
    expect(kernel).toMatch(/^\d+\.\d+/);
    expect(uid).toBe(process.getuid?.());
    expect([1, 2, 'hybrid']).toContain(cgroupVersion);
    await agent.close();
  });

  test('the clock is this machine’s wall clock, to the nanosecond', async () => {
    const agent = connect(program);
    const before = BigInt(Date.now()) * 1_000_000n;
    const { realtimeNs } = await agent.clocks();
    const after = BigInt(Date.now() + 1) * 1_000_000n;
    expect(BigInt(realtimeNs)).toBeGreaterThanOrEqual(before);
    expect(BigInt(realtimeNs)).toBeLessThanOrEqual(after);
    await agent.close();
  });

  test('a request has its edges in order, and a wrong body is not correct', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
    const agent = connect(program);
    const ask = (body: string) => {
      const bodyBase64 = Buffer.from(body).toString('base64');
      const request = { address, method: 'GET', path: '/', headers: {} };
      return agent.http({ request, expect: { status: 200, bodyBase64 }, deadlineMs: 2_000 });
    };
    const right = await ask('hello');
    expect(right).toMatchObject({ status: 200, correct: true, error: null, bodyBytes: 5 });
    const edges = [right.sentNs, right.connectedNs, right.firstByteNs, right.doneNs];
    expect(edges).toEqual([...edges].sort((a, b) => (a ?? Number.NaN) - (b ?? Number.NaN)));
    expect(await ask('goodbye')).toMatchObject({ status: 200, correct: false, error: null });
    server.close();
    expect(await ask('hello')).toMatchObject({
      status: null,
      correct: false,
      error: expect.stringMatching(/^connect/),
    });
    await agent.close();
  });

  test('calls that run at once each get their own answer', async () => {
    const agent = connect(program);
    const [hello, pressure, clocks] = await Promise.all([agent.hello(), agent.pressure(), agent.clocks()]);
    expect(hello.agentVersion).toMatch(/^\d/);
    expect(pressure.totalTicks).toBeGreaterThan(0);
    expect(clocks.monotonicNs).toMatch(/^\d+$/);
    await agent.close();
  });

  test('without containerd a task cannot be asked for, and the error names the socket', async () => {
    const agent = connect(program);
    await expect(agent.task({ namespace: 'openfaas-fn', id: 'hello' })).rejects.toMatchObject({
      code: 'E_AGENT_CONTAINERD_UNREACHABLE',
      message: expect.stringContaining(missing),
    });
    await agent.close();
  });

  test('the agent sees its own cost and the machine’s memory', async () => {
    const agent = connect(program);
    const reading = await agent.memory({ namespace: 'openfaas-fn', ids: [], machine: true });
    expect(reading.agent.pssBytes).toBeGreaterThan(100_000);
    expect(reading.agent.pssBytes).toBeLessThan(8 * 1024 * 1024);
    expect(reading.machineAvailableBytes).toBeGreaterThan(1_000_000);
    await agent.close();
  });

  test('the agent ends when its input ends', async () => {
    const { channel } = start(program);
    const agent = connectAgent(channel, new AbortController().signal);
    await agent.hello();
    await agent.close();
    expect(await channel.exited).toBe(0);
    await expect(agent.hello()).rejects.toMatchObject({ code: 'E_AGENT_DIED' });
  });

  test('the agent’s death rejects the call that is under way', async () => {
    const { channel, child } = start(program);
    const agent = connectAgent(channel, new AbortController().signal, 'the agent on X');
    await agent.hello();
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
    const call = agent.http({ request: { address, method: 'GET', path: '/', headers: {} }, deadlineMs: 30_000 });
    server.once('request', () => child.kill('SIGKILL'));
    await expect(call).rejects.toMatchObject({ code: 'E_AGENT_DIED', message: expect.stringContaining('on X') });
    server.close();
  });

  test('an abort rejects with the signal’s reason and ends the agent', async () => {
    const controller = new AbortController();
    const { channel } = start(program);
    const agent = connectAgent(channel, controller.signal);
    await agent.hello();
    const call = agent.clocks();
    controller.abort(new Error('stopped by hand'));
    await expect(call).rejects.toThrow('stopped by hand');
    expect(await channel.exited).toBe(0);
  });
});

test('a line that is no JSON rejects what waits, and everything after it', async () => {
  const agent = connect('sh', ['-c', 'read line; echo surprise; sleep 5']);
  await expect(agent.hello()).rejects.toMatchObject({
    code: 'E_AGENT_GARBLED',
    message: expect.stringContaining('surprise'),
  });
  await expect(agent.clocks()).rejects.toMatchObject({ code: 'E_AGENT_GARBLED' });
});

test('an answer of another shape is refused and says what is missing', async () => {
  const agent = connect('sh', ['-c', `read line; echo '{"id":1,"result":{"pid":1}}'; sleep 5`]);
  await expect(agent.hello()).rejects.toMatchObject({
    code: 'E_AGENT_GARBLED',
    hint: expect.stringContaining('kernel'),
  });
});

test('an agent that cannot be started is told with its exit code and its last words', async () => {
  const agent = connect('sh', ['-c', 'echo no such container >&2; exit 126']);
  await expect(agent.hello()).rejects.toMatchObject({
    code: 'E_AGENT_DIED',
    message: expect.stringContaining('126'),
    hint: expect.stringContaining('no such container'),
  });
});

test('an agent that stays silent is given up on at the deadline', async () => {
  const { connectJsonLines } = await import('./json-lines.ts');
  const { z } = await import('zod');
  const silent: Channel = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    exited: new Promise(() => {}),
  };
  const lines = connectJsonLines(silent, 'the agent', new AbortController().signal);
  await expect(lines.request('hello', {}, z.unknown(), 30)).rejects.toMatchObject({
    code: 'E_AGENT_SILENT',
    message: expect.stringContaining('hello within 30 ms'),
  });
});
