import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError } from '../core/errors.ts';
import { FUNCTION_NAMESPACE } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import type { GatewayClient } from './gateway-client.ts';

interface Removal {
  /** Asks containerd on the machine itself, past the gateway. */
  readonly agent: {
    task(of: { readonly namespace: string; readonly id: string }): Promise<{
      readonly status: string;
      readonly containerPresent: boolean;
    }>;
  };
  readonly gateway: Pick<GatewayClient, 'remove'>;
  readonly signal: AbortSignal;
}

/** Removes a function and waits until containerd has neither its task nor its container. */
export async function removeIfThere(
  { agent, gateway, signal }: Removal,
  { name }: { readonly name: string },
): Promise<void> {
  const task = () => agent.task({ namespace: FUNCTION_NAMESPACE, id: name });
  if (!(await task()).containerPresent) return;
  await gateway.remove(name).catch(async (error: unknown) => {
    // Some platforms answer 500 while a function drains and take a second call (facts: DELETE of a slow drain).
    if (!(error instanceof GivreError)) throw error;
    await sleep(1_000, undefined, { signal });
    if ((await task()).containerPresent) await gateway.remove(name);
  });
  await poll(
    async () => {
      const { containerPresent, status } = await task();
      return containerPresent ? { done: false, seen: `task ${status}` } : { done: true, value: undefined };
    },
    { what: `${name} to be removed`, deadlineMs: 40_000, everyMs: 10, signal },
  );
}
