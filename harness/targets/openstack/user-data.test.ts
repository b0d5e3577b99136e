import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { newKeyPair } from '../../ssh/keys.ts';
import { userData } from './user-data.ts';

const shape = z.strictObject({
  ssh_authorized_keys: z.array(z.string()),
  ssh_pwauth: z.literal(false),
  ssh_deletekeys: z.literal(true),
  ssh_keys: z.strictObject({ ed25519_private: z.string(), ed25519_public: z.string() }),
  package_update: z.literal(false),
  package_upgrade: z.literal(false),
  write_files: z.tuple([z.strictObject({ path: z.string(), permissions: z.literal('0700'), content: z.string() })]),
  runcmd: z.tuple([z.tuple([z.literal('sh'), z.string()])]),
});

test('holds our public key, the first host key and the deadline, as YAML that cloud-init reads, and nothing more', () => {
  const login = newKeyPair();
  const hostKey = newKeyPair();
  const text = userData({ loginPublicKey: login.publicKey, hostKey, lifeSeconds: 7_200 });
  expect(text.startsWith('#cloud-config\n')).toBe(true);
  const config = shape.parse(parse(text));
  expect(config.ssh_authorized_keys).toEqual([login.publicKey]);
  expect(config.ssh_keys).toEqual({ ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey });
  expect(config.runcmd).toEqual([['sh', config.write_files[0].path]]);
  expect(config.write_files[0].content).toContain('at=$(($(date +%s) + 7200))');
  expect(text).not.toContain(login.privateKey.split('\n')[2] ?? 'no key');
  expect(Buffer.from(text).toString('base64').length).toBeLessThanOrEqual(65_535);
});
