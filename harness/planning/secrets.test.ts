import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../core/exit-codes.ts';
import type { Installation } from '../core/platform.ts';
import { Scope } from '../core/scope.ts';
import { gatewayClient } from '../platforms/gateway-client.ts';
import { placeSecrets } from '../provisioning/place-secrets.ts';
import { checkSecrets, readSecrets } from './secrets.ts';

let folder = '';
let server: Server;
/** What the gateway holds. */
const held = new Map<string, string>();

beforeEach(async () => {
  held.clear();
  folder = await mkdtemp(join(tmpdir(), 'givre-secrets-'));
  const named = z.object({ name: z.string(), value: z.string().default('') });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'GET') {
      response.end(JSON.stringify([...held.keys()].map((name) => ({ name }))));
      return;
    }
    const { name, value } = named.parse(JSON.parse(body));
    if (request.method === 'POST') held.set(name, value);
    if (request.method === 'DELETE') held.delete(name);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

function machine(signal: AbortSignal) {
  const { port } = server.address() as AddressInfo;
  const access = { gatewayUrl: `http://127.0.0.1:${port}`, credentials: { user: 'admin', password: 'x' } };
  const installation = access as Installation;
  return { host: { name: 'here' }, installation, gateway: gatewayClient(access, { signal }) };
}

describe('--secret', () => {
  test('takes the value from a file, without the white space around it', async () => {
    const words = [`db-pass=${await file('a', '\n hunter2 \n')}`, `other=${await file('b=c', 'x')}`];
    expect(await readSecrets(words)).toEqual(
      new Map([
        ['db-pass', 'hunter2'],
        ['other', 'x'],
      ]),
    );
  });

  test('that is no name and readable file is refused, and what stood there is not shown', async () => {
    const empty = await file('empty', ' \n');
    const binary = await file('binary', Buffer.from([0xff]));
    const words = [
      ['db-pass'],
      ['=hunter2'],
      ['db-pass='],
      ['Db_Pass=hunter2'],
      ['db-pass=hunter2'],
      ['db-pass=/dev/zero'],
      [`db-pass=${folder}`],
      [`db-pass=${empty}`],
      [`db-pass=${binary}`],
      [`a=${await file('a', 'x')}`, `a=${binary}`],
    ];
    for (const one of words) {
      const error = await readSecrets(one).catch((it: unknown) => it);
      expect(error, one.join()).toMatchObject({ code: 'E_SECRET', exitCode: exitCodes.usage });
      expect(inspect(error)).not.toContain('hunter2');
    }
  });

  test('that nothing would read, or that cannot be put in place, is refused', () => {
    const secrets = new Map([['db-pass', 'hunter2']]);
    const fine = { wanted: ['db-pass'], platform: 'control', machineSamples: false };
    checkSecrets(secrets, fine);
    for (const wrong of [{ wanted: ['db-password'] }, { platform: 'existing' }, { machineSamples: true }]) {
      expect(() => checkSecrets(secrets, { ...fine, ...wrong })).toThrow(
        expect.objectContaining({ code: 'E_SECRET', exitCode: exitCodes.usage }),
      );
    }
  });

  test('is there until the scope is closed, an interrupted run’s too', async () => {
    const scope = new Scope();
    const stop = new AbortController();
    await placeSecrets(new Map([['db-pass', 'hunter2']]), [machine(stop.signal)], scope);
    expect(held).toEqual(new Map([['db-pass', 'hunter2']]));
    stop.abort();
    expect(await scope.close()).toEqual([]);
    expect(held.size).toBe(0);
  });

  test('that is there already is refused, and stays', async () => {
    held.set('db-pass', 'older');
    const scope = new Scope();
    const placed = placeSecrets(new Map([['db-pass', 'hunter2']]), [machine(AbortSignal.timeout(5_000))], scope);
    const error = await placed.catch((it: unknown) => it);
    expect(error).toMatchObject({ code: 'E_SECRET', message: expect.stringContaining('here has a secret db-pass') });
    expect(inspect(error)).not.toContain('hunter2');
    expect(await scope.close()).toEqual([]);
    expect(held).toEqual(new Map([['db-pass', 'older']]));
  });
});
