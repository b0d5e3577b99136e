import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostCaBundle } from './ca-bundle.ts';

// Real certificates: Node brings a few hundred of them.
const [first = '', second = '', third = ''] = rootCertificates;
let distribution: string;
let bundle: string;

beforeAll(async () => {
  distribution = await mkdtemp(join(tmpdir(), 'givre-ca-'));
  bundle = `${distribution}.pem`;
  await writeFile(join(distribution, 'first.crt'), first);
  await writeFile(join(distribution, 'second.crt'), second);
});

afterAll(async () => {
  await rm(distribution, { recursive: true });
  await rm(bundle, { force: true });
});

test('a bundle of nothing but the distribution’s certificates is not handed to builds, however it is written', async () => {
  await writeFile(bundle, `# a comment\r\n${second.replaceAll('\n', '\r\n')}\r\n${first}\n`);
  expect(await hostCaBundle({ bundle, distribution })).toBeUndefined();
});

test('a bundle with a certificate that the distribution does not ship is handed to builds', async () => {
  await writeFile(bundle, `${first}\n${third}\n`);
  expect(await hostCaBundle({ bundle, distribution })).toBe(bundle);
});

test('a machine without a bundle has none to hand to builds', async () => {
  expect(await hostCaBundle({ bundle: join(distribution, 'absent.pem'), distribution })).toBeUndefined();
});
