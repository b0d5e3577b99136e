import type { BootEdges, BootedMachine } from '../../agent/booted-machine.ts';
import { managementRequest } from '../../agent/management-request.ts';
import type { Deployable } from '../../api/deployable.ts';
import type { ColdStartOutcome } from '../../api/system.ts';
import { GivreError, messageOf } from '../../core/errors.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import type { PhaseName } from '../../runs/schema.ts';
import { invocationOf, type SystemParts } from '../parts.ts';
import { evaluate } from './evaluate.ts';
import { notSent } from './not-sent.ts';
import { WATCH } from './watch.ts';

/**
 * L4: a machine that exists for this one sample, from the request that asks the cloud for it to the function's first
 * correct answer. The clock is the harness'; what happened on the machine is moved onto it by the measured offset.
 */
export async function machineStart(parts: SystemParts, deployable: Deployable): Promise<ColdStartOutcome> {
  const { boots, signal } = parts;
  if (boots === undefined) throw new Error('L4 was asked of a target that boots no machines');
  try {
    return await boots.withPlatform(deployable, async (booted) => {
      const { agent, installation, clock, delivery, warnings } = booted;
      const measurement = await agent.measure({
        namespace: FUNCTION_NAMESPACE,
        container: deployable.name,
        trigger: managementRequest(installation, {
          address: installation.gatewayAddress,
          method: 'POST',
          path: '/system/functions',
          body: deployable.deployment,
        }),
        invoke: invocationOf(installation, deployable),
        expect: deployable.expect,
        pollSpacingMs: parts.pollSpacingMs,
        deadlineMs: parts.deadlineMs,
        watch: WATCH,
      });
      const onMachine = evaluate(measurement, 'L2', { blobs: null, contamination: null, stealShare: null });
      const t0Ns = Number(BigInt(measurement.t0RealtimeNs) - BigInt(booted.sentRealtimeNs)) - clock.offsetNs;
      const deployedNs = t0Ns + (measurement.trigger?.sentNs ?? 0);
      return wholeStart(onMachine, await booted.readEdges(), { deployedNs, delivery, clock, warnings });
    });
  } catch (error) {
    signal.throwIfAborted();
    return neverUp(error);
  }
}

interface Start {
  /** The deploy request was sent, nanoseconds after the request for the machine. */
  readonly deployedNs: number;
  /** On the same clock. */
  readonly delivery: BootedMachine['delivery'];
  readonly clock: { readonly offsetNs: number; readonly boundNs: number };
  readonly warnings: readonly string[];
}

/**
 * The start on the machine, with everything that came before it but the delivery of the function's image, which stands
 * in for a registry that has it: what came after counts from then on as if nothing had been delivered.
 */
export function wholeStart(onMachine: ColdStartOutcome, observed: BootEdges, start: Start): ColdStartOutcome {
  const { delivery, clock } = start;
  const deliveryNs = delivery.doneNs - delivery.begunNs;
  const deployedNs = start.deployedNs - deliveryNs;
  const edges = until(delivery.begunNs, observed);
  const totalNs = onMachine.totalNs === null ? null : deployedNs + onMachine.totalNs;
  const phases = totalNs === null ? [] : milestones(edges, deployedNs, totalNs);
  const explained = phases.reduce((sum, phase) => sum + phase.durationNs, 0);
  const demands = [
    {
      what: 'the machine’s first process started after it was asked for',
      seen: edges.userspaceBegun !== null && edges.userspaceBegun > -clock.boundNs,
    },
    ...onMachine.proof.demands,
  ];
  const missing = demands.find((demand) => !demand.seen);
  const judged =
    onMachine.verdict === 'ok' && missing !== undefined
      ? { verdict: 'not-cold' as const, reason: `not seen: ${missing.what}` }
      : {};
  const { firstAnswer } = onMachine;
  return {
    ...onMachine,
    ...judged,
    totalNs,
    firstAnswer: { ...firstAnswer, atNs: firstAnswer.atNs === null ? null : deployedNs + firstAnswer.atNs },
    phases,
    residualNs: totalNs === null ? null : totalNs - explained,
    proof: { ...onMachine.proof, demands },
    clockOffset: { offsetNs: clock.offsetNs, boundNs: clock.boundNs },
    deliveryNs,
    warnings: [...start.warnings, ...onMachine.warnings],
  };
}

/** What ended later was not waited for: the platform answered by then. */
function until(ns: number, edges: BootEdges): BootEdges {
  const kept = (edge: number | null): number | null => (edge !== null && edge <= ns ? edge : null);
  return {
    accepted: kept(edges.accepted),
    active: kept(edges.active),
    kernelBegun: kept(edges.kernelBegun),
    userspaceBegun: kept(edges.userspaceBegun),
    cloudInitDone: kept(edges.cloudInitDone),
    loggedIn: kept(edges.loggedIn),
    containerdBegun: kept(edges.containerdBegun),
    containerdUp: kept(edges.containerdUp),
    platformUp: kept(edges.platformUp),
  };
}

/**
 * Much of a boot happens at the same time. As at the other levels phases do not overlap: they are taken in the order in
 * which they ended, and each counts from the end of the one before, so that it is what was waited for it alone. What
 * ended after the function was deployed was not waited for, and is no phase.
 */
function milestones(edges: BootEdges, deployedNs: number, totalNs: number): ColdStartOutcome['phases'] {
  const { userspaceBegun } = edges;
  const waitedFor: readonly (readonly [PhaseName, number | null, number | null])[] = [
    ['accepted', 0, edges.accepted],
    ['active', edges.accepted, edges.active],
    ['firmware', edges.active, later(edges.active, edges.kernelBegun)],
    ['kernel', edges.kernelBegun, userspaceBegun],
    ['userspace', userspaceBegun, edges.containerdBegun],
    ['cloudinit', userspaceBegun, edges.cloudInitDone],
    ['ssh', userspaceBegun, edges.loggedIn],
    ['containerd', edges.containerdBegun, edges.containerdUp],
    ['platform', edges.containerdUp, edges.platformUp],
    ['harness', later(edges.loggedIn, edges.platformUp), deployedNs],
  ];
  const seen = waitedFor.flatMap(([name, from, to]) => {
    return from === null || to === null || to > deployedNs ? [] : [{ name, from, to }];
  });
  seen.sort((a, b) => a.to - b.to);
  let covered = 0;
  const phases: ColdStartOutcome['phases'] = [];
  for (const { name, from, to } of [...seen, { name: 'function' as const, from: deployedNs, to: totalNs }]) {
    const startNs = Math.max(from, covered);
    const end = Math.max(to, startNs);
    phases.push({ name, startNs, durationNs: end - startNs });
    covered = end;
  }
  return phases;
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function neverUp(error: unknown): ColdStartOutcome {
  // Putting the function there is our own work.
  const isOurs = error instanceof GivreError && error.code.startsWith('E_REGISTRY');
  const origin = isOurs ? 'harness' : 'cloud';
  const what = isOurs ? 'the function was not delivered to its machine' : 'no machine to deploy to';
  return notSent(`${what}: ${messageOf(error)}`, origin);
}
