import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../harness/core/subprocess.ts';
import { faults } from './faulty-cloud/faults.ts';
import { parseRule } from './faulty-cloud/rules.ts';
import { openPlainClient, type PlainClient } from './plain-client.fixture.ts';
import { IMAGE_BYTES } from './plain-cloud.fixture.ts';

/** The proxy itself: what it does without a fault, which requests meet one, and its command line. */

let client: PlainClient;
beforeEach(async () => {
  client = await openPlainClient();
});
afterEach(() => client.close());

describe('without a fault', () => {
  test('the catalog and every link name the proxy only, and the same paths', async () => {
    await client.create('one');
    await client.create('two');
    const { servers, servers_links } = await client.list('?limit=1');
    expect(servers.map(({ name }) => name)).toEqual(['one']);
    expect(client.compute).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2\.1$/);
    expect(client.compute).not.toContain(client.plain.computeOrigin);
    expect(servers_links?.[0]?.href.startsWith(`${client.compute}/servers/detail?limit=1&marker=`)).toBe(true);
    expect((await client.create('three')).headers.get('location')).toContain(`${client.compute}/servers/`);
    expect((await client.catalog()).get('identity')).toBe(client.faulty.authUrl);
  });

  test('what is no JSON is streamed as it is', async () => {
    const image = await fetch(`${(await client.catalog()).get('image')}/v2/images/x/file`);
    expect(Buffer.from(await image.arrayBuffer()).equals(IMAGE_BYTES)).toBe(true);
  });

  test('the log names method, service, path, statuses and request id, and no token', async () => {
    const answer = await client.create('one');
    expect(client.faulty.log.at(-1)).toMatchObject({
      method: 'POST',
      service: 'compute',
      path: '/v2.1/servers',
      status: 202,
      cloudStatus: 202,
      fault: null,
      requestId: answer.headers.get('x-openstack-request-id'),
    });
    expect(JSON.stringify(client.faulty.log)).not.toContain('a-secret-token');
  });

  test('a cloud that does not answer is told from a fault', async () => {
    client.plain.close();
    const answer = await client.create('one');
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/^faulty cloud: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });
});

describe('a rule', () => {
  test('meets only the requests that fit method, service, path and query', async () => {
    const injection = client.faulty.inject({
      fault: '500',
      method: 'GET',
      service: 'compute',
      path: /detail$/,
      query: /^limit=/,
    });
    expect((await fetch(`${client.compute}/servers/detail?limit=5`)).status).toBe(500);
    expect((await fetch(`${client.compute}/servers/detail`)).status).toBe(200);
    expect((await client.create('one')).status).toBe(202);
    expect((await fetch(`${client.compute}/`)).status).toBe(200);
    expect(injection.hits).toBe(1);
    injection.remove();
    expect((await fetch(`${client.compute}/servers/detail?limit=5`)).status).toBe(200);
  });

  test('begins at the nth match and ends after so many times', async () => {
    client.faulty.inject({ fault: '503', path: /detail$/, nth: 2, times: 2 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await fetch(`${client.compute}/servers/detail`)).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  test('with a probability hits the same requests for the same seed, and others for another', async () => {
    const pattern = async (seed: number): Promise<string> => {
      const injection = client.faulty.inject({ fault: '503', path: /detail$/, probability: 0.3, seed });
      let text = '';
      for (let i = 0; i < 60; i += 1)
        text += (await fetch(`${client.compute}/servers/detail`)).status === 503 ? 'x' : '.';
      injection.remove();
      return text;
    };
    const first = await pattern(7);
    expect(await pattern(7)).toBe(first);
    expect(await pattern(8)).not.toBe(first);
    expect(first.replaceAll('.', '').length).toBeGreaterThan(8);
    expect(first.replaceAll('.', '').length).toBeLessThan(30);
  });

  test('leaves a request to the next rule once it is used up, and none is left when the cloud is healed', async () => {
    client.faulty.inject({ fault: '503', path: /detail$/, times: 1 });
    client.faulty.inject({ fault: '409', path: /detail$/ });
    expect((await fetch(`${client.compute}/servers/detail`)).status).toBe(503);
    expect((await fetch(`${client.compute}/servers/detail`)).status).toBe(409);
    await client.faulty.heal();
    expect((await fetch(`${client.compute}/servers/detail`)).status).toBe(200);
  });

  test('is read from the words of the command line', () => {
    expect(parseRule('lost-answer:POST compute /servers$ nth=2 times=1')).toEqual({
      fault: 'lost-answer',
      method: 'POST',
      service: 'compute',
      path: /\/servers$/,
      nth: 2,
      times: 1,
    });
    expect(parseRule('429=3:GET probability=0.1 seed=7')).toEqual({
      fault: '429',
      value: '3',
      method: 'GET',
      probability: 0.1,
      seed: 7,
    });
    expect(parseRule('hang')).toEqual({ fault: 'hang' });
  });

  test.each([
    ['lost-anser:POST', 'there is no fault "lost-anser"'],
    ['toString:POST', 'there is no fault "toString"'],
    ['hang:POST Servers$', '"Servers$" in "hang:POST Servers$" is no part of a rule'],
    ['hang:POST /servers(', 'is no regular expression'],
    ['delay=soon', "the fault's value must be a number: soon"],
    ['hang=5', 'the fault takes no value: 5'],
  ])('%s is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message);
  });
});

describe('the command', () => {
  const command = [process.execPath, 'ci/openstack/faulty-cloud.ts'];

  test('--list shows every fault with a sentence', async () => {
    const { stdout, exitCode } = await run([...command, '--list']);
    expect(stdout.split('\n').filter((line) => /^\S+ +\S+ .*/.test(line))).toHaveLength(Object.keys(faults).length);
    expect(Object.keys(faults).length).toBeGreaterThan(30);
    expect(exitCode).toBe(0);
  });

  test('--help shows how a rule is written', async () => {
    const { stdout, exitCode } = await run([...command, '--help']);
    expect(stdout).toContain('FAULT[=VALUE]');
    expect(exitCode).toBe(0);
  });

  test.each([
    [['--fault', 'lost-anser'], 'there is no fault "lost-anser"'],
    [[], 'it needs the address of a real cloud'],
    [['--auth-url', 'http://127.0.0.1:1/v3', '--port', 'x'], 'a port is a number'],
    [['--auth-url', 'http://127.0.0.1:1/v3', '--bogus'], "unknown option '--bogus'"],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { stderr, exitCode } = await run([...command, ...words]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('prints where it listens and a line for every request, and ends when it is told to', async () => {
    const child = spawn(command[0] ?? '', [
      ...command.slice(1),
      '--auth-url',
      client.plain.authUrl,
      '--fault',
      '401:POST identity times=1',
    ]);
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await expect.poll(() => lines[0], { timeout: 10_000 }).toMatch(/^auth_url: http/);
    const authUrl = lines[0]?.replace('auth_url: ', '') ?? '';
    expect((await fetch(`${authUrl}/auth/tokens`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${authUrl}/auth/tokens`, { method: 'POST' })).status).toBe(201);
    await expect.poll(() => lines.length).toBe(3);
    expect(lines[1]).toMatch(/POST identity \/v3\/auth\/tokens → 401, cloud \(not reached\), 401, req-/);
    expect(lines[2]).toMatch(/POST identity \/v3\/auth\/tokens → 201, cloud 201, req-/);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});
