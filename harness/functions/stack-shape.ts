import { z } from 'zod';

/** A key without a value arrives as an empty text and means the same as no key. */
function optional<T extends z.ZodType>(type: T) {
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), type.optional());
}

const text = z.string('expected a text');
const texts = z.record(z.string(), text, 'expected a map of names to texts');
const list = z.array(text, 'expected a list of texts');
const word = z.enum(['true', 'false'], 'expected true or false').transform((value) => value === 'true');

// Kubernetes quantities, the subset that providers of OpenFaaS read.
const memory = text.regex(/^\d+(\.\d+)?([KMGT]i?|[kmgt])?$/, 'expected a size such as 128Mi');
const cpu = text.regex(/^\d+(\.\d+)?m?$/, 'expected an amount such as 250m or 0.5');
const resources = z.looseObject({ memory: optional(memory), cpu: optional(cpu) }, 'expected memory and cpu');

const functionName = z
  .string()
  .max(76, 'a function name has 76 characters at most')
  .regex(/^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/, 'a function name is letters and digits, joined by . _ or -');

const functionShape = z.looseObject(
  {
    lang: optional(text),
    handler: optional(text),
    image: z.string('expected the name of an image').min(1, 'expected the name of an image'),
    skip_build: optional(word),
    build_args: optional(texts),
    environment: optional(texts),
    environment_file: optional(list),
    labels: optional(texts),
    annotations: optional(texts),
    secrets: optional(list),
    constraints: optional(list),
    limits: optional(resources),
    requests: optional(resources),
    readonly_root_filesystem: optional(word),
    fprocess: optional(text),
    namespace: optional(text),
  },
  'expected a function: image, lang, handler, …',
);

export type FunctionShape = z.infer<typeof functionShape>;

/** faas-cli's stack file, version 1.0, with every scalar still a text. */
export const stackShape = z.looseObject(
  {
    version: optional(z.enum(['1.0', '1'], 'expected 1.0, the only version that there is')),
    provider: z.looseObject({ name: z.literal('openfaas', 'expected openfaas') }, 'expected a provider named openfaas'),
    functions: z
      .record(functionName, functionShape, 'expected a map of names to functions')
      .refine((functions) => Object.keys(functions).length > 0, 'expected one function at least'),
  },
  'expected a map with version, provider and functions',
);

export const environmentFileShape = z.looseObject(
  { environment: optional(texts) },
  'expected a map with the key environment',
);
