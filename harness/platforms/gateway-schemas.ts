import { z } from 'zod';

/** The wire format of OpenFaaS' management API (`faas-provider/types`). Go writes absent lists and maps as `null`. */

const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const textList = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const version = z.object({ release: z.string(), sha: z.string() });

export const gatewayInfoSchema = z.object({
  provider: z.object({ provider: z.string(), orchestration: z.string(), version }),
  version,
  arch: optionalText,
});

export const functionStatusSchema = z.object({
  name: z.string(),
  image: z.string(),
  namespace: optionalText,
  envVars: textMap,
  labels: textMap,
  annotations: textMap,
  secrets: textList,
  replicas: count,
  availableReplicas: count,
  invocationCount: count,
  createdAt: optionalText,
});

/** An empty installation answers `null` or `[]`. */
export const functionListSchema = z
  .array(functionStatusSchema)
  .nullable()
  .transform((value) => value ?? []);

export const secretListSchema = z
  .array(z.object({ name: z.string(), namespace: optionalText }))
  .nullable()
  .transform((value) => value ?? []);

export const logLineSchema = z.object({
  name: z.string(),
  instance: optionalText,
  timestamp: z.string(),
  text: z.string(),
});

export const namespaceListSchema = textList;

export type GatewayInfo = z.infer<typeof gatewayInfoSchema>;
export type FunctionStatus = z.infer<typeof functionStatusSchema>;
export type SecretName = z.infer<typeof secretListSchema>[number];
export type LogLine = z.infer<typeof logLineSchema>;

interface Resources {
  readonly memory?: string;
  readonly cpu?: string;
}

/** What a deploy or update asks for. `image` is a reference as the machine sees it: `127.0.0.1:5000/name@sha256:…`. */
export interface FunctionSpec {
  readonly service: string;
  readonly image: string;
  readonly namespace?: string;
  readonly envProcess?: string;
  readonly envVars?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly limits?: Resources;
  readonly requests?: Resources;
  readonly readOnlyRootFilesystem?: boolean;
}
