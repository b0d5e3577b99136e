import { z } from 'zod';
import { GivreError, usageError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Installation, Platform, Progress } from '../../core/platform.ts';
import type { Scope } from '../../core/scope.ts';
import { startContainerd, startRegistry } from '../base.ts';
import { startGateway, startNats, startPrometheus, startQueueWorker } from '../core.ts';
import { newCredentials, untilBooted, untilReady, writeCredentials } from '../ready.ts';
import { allOrNone, portOpen, type Start, startAndWait } from '../starting.ts';

const PROGRAM = '/opt/givre/bin/givre-provider';
const SECRETS = '/var/lib/givre/secrets';
const SERVICES = ['gateway', 'givre-provider', 'queue-worker', 'nats', 'prometheus', 'containerd', 'registry'] as const;
const ADDRESSES = {
  nats: '127.0.0.1',
  prometheus: '127.0.0.1',
  gateway: '127.0.0.1',
  providerUrl: 'http://127.0.0.1:8081/',
  secrets: SECRETS,
};

interface ControlPlatformOptions {
  /** Deviations to show, `NAME` or `NAME=20ms`; checked against what the machine's provider knows. */
  readonly defects?: readonly string[];
  /** All the deviations that we know of another platform. */
  readonly like?: 'faasd';
  /** Tells two controls in one run apart; defaults to `control`. */
  readonly label?: string;
}

/**
 * The control of the experiment: our own provider behind the same core services, as plain processes.
 *
 * Installing registers nothing for removal: all of it lives and ends with the machine, which its target removes.
 */
export function controlPlatform({ defects = [], like, label = 'control' }: ControlPlatformOptions = {}): Platform {
  const installed = { label, kind: 'control', callbackHost: '127.0.0.1' } as const;
  return {
    label,
    kind: 'control',
    defects,
    secrets: { folder: SECRETS, owner: '0:0' },
    async attach(host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      return await untilBooted({ host, signal, progress }, installed, SECRETS);
    },
    async install(_scope: Scope, host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      const start: Start = { host, signal, progress };
      const credentials = newCredentials();
      await Promise.all([writeCredentials(host, SECRETS, credentials), checkDefects(start, defects)]);
      await allOrNone(start, [
        (step) => startRegistry(step),
        startPrometheus,
        async (step) => {
          await startContainerd(step);
          await startProvider(step, defects, like);
        },
        async (step) => {
          await startNats(step);
          await allOrNone(step, [
            (inner) => startGateway(inner, ADDRESSES),
            (inner) => startQueueWorker(inner, ADDRESSES),
          ]);
        },
      ]);
      return await untilReady(start, installed, credentials, SERVICES);
    },
  };
}

/** As `givre-provider --list-defects` prints it; `unit` is empty for a defect that takes no value. */
const defectListSchema = z.array(z.object({ name: z.string(), does: z.string(), unit: z.string() }));
const GO_DURATION = /^\d+(\.\d+)?(ms|s|us|µs)$/;

/** @throws GivreError `E_UNKNOWN_DEFECT`, `E_DEFECT_VALUE` (usage), which list the known ones. */
async function checkDefects({ host, signal }: Start, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const listed = await host.exec([PROGRAM, '--list-defects'], { signal, timeoutMs: 20_000 });
  if (listed.exitCode !== 0) {
    throw new GivreError({
      code: 'E_CONTROL_PROVIDER',
      message: `the control's provider on ${host.name} cannot say which defects it has`,
      hint: listed.stderr.trim(),
    });
  }
  const known = defectListSchema.parse(JSON.parse(listed.stdout));
  const table = known.map(({ name, does, unit }) => `${name}${unit === '' ? '' : `[=${unit}]`}: ${does}`).join('\n');
  for (const text of wanted) {
    const [name, ...value] = text.split('=');
    const defect = known.find((one) => one.name === name);
    if (defect === undefined) throw usageError('E_UNKNOWN_DEFECT', `the control has no defect named ${name}`, table);
    if (value.length === 0 || (defect.unit === 'duration' && GO_DURATION.test(value.join('=')))) continue;
    const takes = defect.unit === '' ? 'takes no value' : `takes a ${defect.unit} such as 20ms`;
    throw usageError('E_DEFECT_VALUE', `the defect ${name} ${takes}, but "${text}" was asked for`, table);
  }
}

async function startProvider(start: Start, defects: readonly string[], like: 'faasd' | undefined): Promise<void> {
  const deviations = [...defects.flatMap((name) => ['--defect', name]), ...(like ? ['--like', like] : [])];
  const argv = [PROGRAM, '--auth-dir', SECRETS, ...deviations];
  await startAndWait(start, { name: 'givre-provider', argv, after: ['containerd'] }, portOpen(8081));
}
