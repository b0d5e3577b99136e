import { z } from 'zod';
import { quantity, quantityBytes } from '../core/quantity.ts';
import { flag, map, optional, text } from './stack-yaml.ts';

const texts = map(z.record(z.string(), text, 'expected a map of names to texts'));
const list = z.array(text, 'expected a list of texts');

// Kubernetes quantities; an empty text is none.
const memory = text.superRefine((value, context) => {
  if (value === '') return;
  const bytes = quantityBytes(value);
  if (bytes === null || bytes === 0) context.addIssue('expected a size such as 128Mi');
  else if (/[mun]$/.test(value)) context.addIssue('m is milli, thousandths of a byte: Mi or M was meant, as in 40Mi');
});
const cpu = text.refine(
  (value) => value === '' || (quantity(value) ?? 0) > 0,
  'expected an amount such as 250m or 0.5',
);
const resources = map(z.looseObject({ memory: optional(memory), cpu: optional(cpu) }, 'expected memory and cpu'));

const functionName = z
  .string()
  .max(76, 'a function name has 76 characters at most')
  .regex(/^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/, 'a function name is letters and digits, joined by . _ or -');

const functionKeys = {
  lang: optional(text),
  handler: optional(text),
  image: text.refine((value) => value !== '', 'expected the name of an image'),
  skip_build: optional(flag),
  build_args: optional(texts),
  build_options: optional(list),
  build_secrets: optional(texts),
  platforms: optional(text),
  environment: optional(texts),
  environment_file: optional(list),
  labels: optional(texts),
  annotations: optional(texts),
  secrets: optional(list),
  constraints: optional(list),
  limits: optional(resources),
  requests: optional(resources),
  readonly_root_filesystem: optional(flag),
  fprocess: optional(text),
  namespace: optional(text),
};
const functionShape = map(z.looseObject(functionKeys, 'expected a function: image, lang, handler, …'));

export type FunctionShape = z.infer<typeof functionShape>;

const provider = map(
  z.looseObject(
    {
      name: text.refine((value) => value === 'openfaas', 'expected openfaas'),
      gateway: optional(text),
    },
    'expected a provider named openfaas',
  ),
);
const functions = map(
  z
    .record(functionName, functionShape, 'expected a map of names to functions')
    .refine((all) => Object.keys(all).length > 0, 'expected one function at least'),
);
const template = map(z.looseObject({ name: optional(text), source: optional(text) }, 'expected a name and a source'));
const configuration = map(
  z.looseObject(
    { templates: optional(z.array(template, 'expected a list of templates')), copy: optional(list) },
    'expected templates and copy',
  ),
);

/** faas-cli's stack file, version 1.0. */
export const stackShape = map(
  z.looseObject(
    {
      version: optional(text.refine((value) => value === '' || value === '1.0', 'expected 1.0, the only one there is')),
      provider,
      functions,
      configuration: optional(configuration),
    },
    'expected a map with version, provider and functions',
  ),
);

/** The keys that there are, which may be shown wherever they come from. */
export const knownKeys: ReadonlySet<string> = new Set([
  ...Object.keys(functionKeys),
  ...['version', 'provider', 'name', 'gateway', 'functions', 'configuration', 'templates', 'copy', 'memory', 'cpu'],
]);

/** Without that key all variables would be missing, and nobody would say so. */
export const environmentFileShape = map(
  z
    .looseObject({ environment: optional(texts) }, 'expected a map with the key environment')
    .refine((file) => 'environment' in file, 'expected the key environment, with the variables below it'),
);
