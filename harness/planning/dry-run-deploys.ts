import { relative } from 'node:path';
import type { OwnRequest } from '../core/own-request.ts';
import { deploymentOf, extrasOf } from '../functions/deployment.ts';
import type { Resources, StackFunction } from '../functions/stack.ts';
import { nameOf as bodyName } from './own-requests.ts';
import type { Plan } from './plan.ts';

/** Of one function, what a run would deploy and ask: names of variables and secrets only, never a value. */
export interface PlannedDeployment {
  readonly name: string;
  /** As the stack file names it; what is built here is deployed from the machine's own registry. */
  readonly image: string;
  /** Folder that it is built from; null for an image that somebody else has built. */
  readonly builtFrom: string | null;
  readonly namespace: string;
  readonly process: string | null;
  readonly limits: Resources | null;
  readonly requests: Resources | null;
  readonly environment: readonly string[];
  readonly secrets: readonly string[];
  readonly constraints: readonly string[];
  readonly readOnlyRootFilesystem: boolean;
  /** Unless bodies of a size are asked for; null where it is asked without a body. */
  readonly sent: { readonly what: string; readonly bytes: number; readonly contentType: string | null } | null;
  /** What counts as a right answer, in words. */
  readonly expects: string;
}

export function plannedDeployments({ functions, requests }: Plan): readonly PlannedDeployment[] {
  return functions.map((fn) => {
    const deployed = deploymentOf(fn, fn.image);
    const own = requests.get(fn.name);
    return {
      name: deployed.service,
      image: deployed.image,
      builtFrom: builtFrom(fn),
      namespace: deployed.namespace,
      process: deployed.envProcess ?? null,
      limits: deployed.limits ?? null,
      requests: deployed.requests ?? null,
      environment: Object.keys(deployed.envVars).sort(),
      secrets: deployed.secrets,
      constraints: deployed.constraints,
      readOnlyRootFilesystem: deployed.readOnlyRootFilesystem,
      sent: own === undefined ? null : { what: bodyName(own), bytes: own.body.length, contentType: own.contentType },
      expects: expectation(fn, own),
    };
  });
}

function builtFrom({ skipBuild, handlerDir }: StackFunction): string | null {
  return skipBuild || handlerDir === undefined ? null : handlerDir;
}

function expectation(fn: StackFunction, own: OwnRequest | undefined): string {
  const { expectedBody } = extrasOf(fn);
  if (own !== undefined && own.differenceIn !== null) return 'status 200 and the answer that the vector wants';
  if (expectedBody === undefined) return 'status 200';
  return `status 200 and exactly its ${Buffer.byteLength(expectedBody)} bytes`;
}

/** The same for people, a line or two for each function. */
export function deploymentLines(plan: Plan): readonly string[] {
  const sendsOwn = plan.cold.levels.length > 0 || plan.load.together.payloads.includes('own');
  return plannedDeployments(plan).flatMap((it) => {
    const made = it.builtFrom === null ? 'as published' : `built from ${relative('.', it.builtFrom) || '.'}`;
    const parts = [
      ...amounts('limits', it.limits),
      ...amounts('requests', it.requests),
      ...list('environment', it.environment),
      ...list('secrets', it.secrets),
      ...list('constraints', it.constraints),
      ...(it.readOnlyRootFilesystem ? ['read-only'] : []),
    ];
    const details = parts.length === 0 ? 'no limits, variables or secrets' : parts.join('; ');
    return [
      `deploys    ${it.name}: ${it.image}, ${made}; ${details}`,
      ...(sendsOwn ? [`sent       ${it.name}: ${it.sent?.what ?? 'no body'}; right is ${it.expects}`] : []),
    ];
  });
}

function amounts(what: string, resources: Resources | null): readonly string[] {
  const given = Object.entries(resources ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  );
  return given.length === 0 ? [] : [`${what} ${given.join(', ')}`];
}

function list(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}
