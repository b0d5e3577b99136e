import { beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../core/scope.ts';
import { runOrFail } from '../core/subprocess.ts';
import { machineImage } from '../platforms/machine.fixture.ts';
import { acquireGeneratorContainer } from './generator-container.ts';
import { labelNames, listOurContainers } from './leftovers.ts';

const signal = AbortSignal.timeout(600_000);
const RUN = 'd-generator-container';
let image: string;
beforeAll(async () => {
  image = await machineImage(signal);
});

async function ours() {
  return (await listOurContainers()).filter((it) => it.runId === RUN);
}

describe('a container that sends load', () => {
  const labels = { [labelNames.run]: RUN, [labelNames.machine]: 'here', [labelNames.expires]: '1000' };

  test('is found by whoever looks for leftovers, with its renewed time, has no rights, and goes with the run', async () => {
    const scope = new Scope();
    const host = await acquireGeneratorContainer({ image, runId: RUN, labels }, scope, 'generator-1', signal);
    expect(host.name).toBe(`container givre-${RUN}-generator-1`);
    expect(await ours()).toMatchObject([{ machine: 'here', expiresAtSeconds: 1000 }]);
    for (const lease of host.leases) await lease.renew(1_000_000, signal);
    expect((await ours()).map((it) => it.expiresAtSeconds)).toEqual([
      expect.closeTo(Date.now() / 1000 + 1_000_000, -3),
    ]);
    const words = ['docker', 'inspect', '--format', '{{.HostConfig.CapAdd}} {{.HostConfig.Privileged}}'];
    const rights = await runOrFail([...words, `givre-${RUN}-generator-1`], 'inspecting');
    expect(rights.stdout.trim()).toBe('[] false');
    expect(await scope.close()).toEqual([]);
    expect(await ours()).toEqual([]);
  });

  test('is removed when the run is interrupted while it starts', async () => {
    const scope = new Scope();
    const abort = new AbortController();
    const acquiring = acquireGeneratorContainer({ image, runId: RUN, labels }, scope, 'generator-1', abort.signal);
    abort.abort(new Error('interrupted'));
    await expect(acquiring).rejects.toThrow('interrupted');
    expect(await scope.close()).toEqual([]);
    expect(await ours()).toEqual([]);
  });
});
