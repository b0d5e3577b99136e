import { describe, expect, test } from 'vitest';
import { type Behaviour, FLAVORS, SIGN_IN, sayJson, sayToken, startCloudServer } from './cloud-server.fixture.ts';
import { expiryAfter } from './expiry.ts';

const HOUR_MS = 3_600_000;

/** Answers by a clock that is so far ahead of this machine's; without one of its own in the headers where that is null. */
const clock =
  (aheadMs: number | null, issuedAt?: string): Behaviour =>
  (asked, response) => {
    if (aheadMs === null) response.sendDate = false;
    else response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
    if (asked.url === FLAVORS) return sayJson(response, 200, { flavors: [] });
    if (asked.url !== SIGN_IN || issuedAt === undefined) return false;
    return sayToken(response, `http://${asked.headers.host}`, 'token', { issued_at: issuedAt });
  };

describe('the cloud’s clock', () => {
  test.each([-3 * HOUR_MS, 0, 3 * HOUR_MS])(
    'is read from its answers, %i ms from ours, and goes on',
    async (aheadMs) => {
      await using server = await startCloudServer(clock(aheadMs));
      const cloud = await server.open();
      expect(Math.abs((cloud.nowMs() ?? 0) - Date.now() - aheadMs)).toBeLessThan(2_000);
      const before = cloud.nowMs() ?? 0;
      await new Promise((done) => setTimeout(done, 30));
      expect((cloud.nowMs() ?? 0) - before).toBeGreaterThan(25);
      expect(Math.abs(expiryAfter(cloud, 60) - (Date.now() + aheadMs) / 1000 - 60)).toBeLessThan(3);
    },
  );

  test('is the last answer’s', async () => {
    let aheadMs = 0;
    await using server = await startCloudServer((asked, response) => clock(aheadMs)(asked, response));
    const cloud = await server.open();
    aheadMs = HOUR_MS;
    await cloud.compute.listFlavors();
    expect(Math.abs((cloud.nowMs() ?? 0) - Date.now() - HOUR_MS)).toBeLessThan(2_000);
  });

  test('is Keystone’s where answers have no date: the token has just been issued', async () => {
    await using server = await startCloudServer(clock(null, '2031-05-01T12:00:00.000000'));
    const cloud = await server.open();
    expect(Math.abs((cloud.nowMs() ?? 0) - Date.parse('2031-05-01T12:00:00Z'))).toBeLessThan(2_000);
  });

  test('is not known where nobody tells; what is made is then dated by ours', async () => {
    await using server = await startCloudServer(clock(null, 'soon'));
    const cloud = await server.open();
    expect(cloud.nowMs()).toBeNull();
    expect(Math.abs(expiryAfter(cloud, 60) - Date.now() / 1000 - 60)).toBeLessThan(3);
  });
});
