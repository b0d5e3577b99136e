import { usageError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import { gatewayClient } from '../platforms/gateway-client.ts';
import type { BuiltFunction } from './artifacts/functions.ts';
import type { Machine } from './machines.ts';
import { AS_FOUND } from './platforms.ts';

const REMOVE_MS = 120_000;

/**
 * On a platform that somebody else has installed: functions of theirs are never replaced, and ours are gone afterwards,
 * whatever ended the run.
 *
 * @throws GivreError `E_FUNCTION_THERE`, `E_FUNCTION_SECRET`, exit code 2.
 */
export async function respectFound(machine: Machine, built: readonly BuiltFunction[], scope: Scope): Promise<void> {
  if (machine.platform.record.version !== AS_FOUND) return;
  const ours = new Set(built.map(({ fn }) => fn.name));
  const theirs = (await machine.gateway.listFunctions()).find(({ name }) => ours.has(name));
  if (theirs !== undefined) {
    throw usageError(
      'E_FUNCTION_THERE',
      `${machine.host.name} has a function "${theirs.name}" already, which a run would replace`,
      'remove it there, or leave it out with --functions',
    );
  }
  await requireSecrets(
    machine,
    built.flatMap(({ fn }) => fn.secrets),
  );
  await scope.defer(`functions on ${machine.host.name}`, async () => {
    // Not by the run's own client: that one ends with Ctrl-C.
    const gateway = gatewayClient(machine.installation, { signal: AbortSignal.timeout(REMOVE_MS) });
    const left = (await gateway.listFunctions()).filter(({ name }) => ours.has(name));
    for (const { name } of left) await gateway.remove(name);
  });
}

async function requireSecrets({ gateway, host }: Machine, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const there = new Set((await gateway.listSecrets()).map(({ name }) => name));
  const missed = wanted.find((name) => !there.has(name));
  if (missed === undefined) return;
  const hint = 'make it there with faas-cli secret create, or leave its function out with --functions';
  throw usageError('E_FUNCTION_SECRET', `${host.name} has no secret "${missed}"`, hint);
}
