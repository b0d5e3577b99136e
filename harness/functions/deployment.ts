import { z } from 'zod';
import type { Resources, StackFunction } from './stack.ts';

/** The namespace in which OpenFaaS keeps functions when nothing else is said. */
export const defaultNamespace = 'openfaas-fn';

export const givrePrefix = 'dev.givre/';

/** Body of `POST` and `PUT /system/functions`, in OpenFaaS' own words; absent keys mean the platform's default. */
export interface FunctionDeployment {
  readonly service: string;
  readonly image: string;
  readonly namespace: string;
  readonly envProcess?: string;
  readonly envVars: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly constraints: readonly string[];
  readonly limits?: { readonly memory?: string; readonly cpu?: string };
  readonly requests?: { readonly memory?: string; readonly cpu?: string };
  readonly readOnlyRootFilesystem: boolean;
}

/** What stands between the platform and a function's program: of-watchdog in HTTP mode, or the classic watchdog. */
const watchdogKindSchema = z.enum(['of', 'classic']);
export type WatchdogKind = z.infer<typeof watchdogKindSchema>;
export const watchdogKinds = watchdogKindSchema.options;

/** What a function says about itself under our own prefix; all of it may be absent. */
export interface FunctionExtras {
  readonly language: string | undefined;
  readonly workload: string | undefined;
  readonly watchdog: WatchdogKind | undefined;
  /**
   * The exact answer, to a plain GET or to the function's own body. Without it any answer with status 200 counts as
   * correct.
   */
  readonly expectedBody: string | undefined;
  /** A file, relative to the stack file: what the function is sent, by POST. */
  readonly requestBody: string | undefined;
  /** The content type of that. */
  readonly requestType: string | undefined;
}

/** @param image reference inside the machine, pinned by digest. */
export function deploymentOf(fn: StackFunction, image: string): FunctionDeployment {
  return {
    service: fn.name,
    image,
    namespace: fn.namespace ?? defaultNamespace,
    ...(fn.fprocess === undefined ? {} : { envProcess: fn.fprocess }),
    envVars: fn.environment,
    labels: fn.labels,
    annotations: fn.annotations,
    secrets: fn.secrets,
    constraints: fn.constraints,
    ...(fn.limits === undefined ? {} : { limits: withoutAbsent(fn.limits) }),
    ...(fn.requests === undefined ? {} : { requests: withoutAbsent(fn.requests) }),
    readOnlyRootFilesystem: fn.readOnlyRootFilesystem,
  };
}

/** Where the gateway answers for this function. */
export function functionPath({ service, namespace }: Pick<FunctionDeployment, 'service' | 'namespace'>): string {
  return namespace === defaultNamespace ? `/function/${service}` : `/function/${service}.${namespace}`;
}

export function extrasOf({ labels, annotations }: Pick<StackFunction, 'labels' | 'annotations'>): FunctionExtras {
  return {
    language: labels[`${givrePrefix}language`],
    workload: labels[`${givrePrefix}workload`],
    watchdog: watchdogKindSchema.safeParse(labels[`${givrePrefix}watchdog`]).data,
    expectedBody: annotations[`${givrePrefix}expected-body`],
    requestBody: annotations[`${givrePrefix}request-body`],
    requestType: annotations[`${givrePrefix}request-type`],
  };
}

function withoutAbsent({ memory, cpu }: Resources): { memory?: string; cpu?: string } {
  return { ...(memory === undefined ? {} : { memory }), ...(cpu === undefined ? {} : { cpu }) };
}
