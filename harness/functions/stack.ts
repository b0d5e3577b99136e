import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { readEnvironmentFile, readStackFile } from './stack-files.ts';
import { environmentFileShape, type FunctionShape, knownKeys, stackShape } from './stack-shape.ts';
import { parseYaml } from './stack-yaml.ts';
import { substitute } from './substitution.ts';

/** Memory and CPU as Kubernetes writes them (`128Mi`, `250m`). */
export interface Resources {
  readonly memory?: string | undefined;
  readonly cpu?: string | undefined;
}

type Texts = Readonly<Record<string, string>>;

/** One function of a stack file, with every default and file that the stack refers to already resolved. */
export interface StackFunction {
  readonly name: string;
  /** Absolute path of the stack file, for messages. */
  readonly stackPath: string;
  /** faas-cli's template name, in lower case; absent for images that somebody else builds. */
  readonly lang: string | undefined;
  /** Absolute path of the handler's folder. */
  readonly handlerDir: string | undefined;
  /** As written: the name of the image to build, or of a published one. */
  readonly image: string;
  readonly skipBuild: boolean;
  /** `configuration.copy` of the file: paths relative to it that lie in the build's context under the same name. */
  readonly copy: readonly string[];
  readonly buildArgs: Texts;
  /** Build arguments that name the image of another function of the file, by which that one is built first. */
  readonly bases: Readonly<Record<string, StackFunction>>;
  /** `environment`, with the files of `environment_file` laid over it, the later the stronger. */
  readonly environment: Texts;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly secrets: readonly string[];
  readonly constraints: readonly string[];
  readonly limits: Resources | undefined;
  readonly requests: Resources | undefined;
  readonly readOnlyRootFilesystem: boolean;
  readonly fprocess: string | undefined;
  /** Undefined for the platform's own default namespace. */
  readonly namespace: string | undefined;
}

export interface Stack {
  /** Absolute. */
  readonly path: string;
  /** In the file's order. */
  readonly functions: readonly StackFunction[];
}

/**
 * Reads an OpenFaaS `stack.yaml` as faas-cli does: variables are substituted, then YAML is parsed. Unlike there, relative
 * paths start at the file's own folder.
 *
 * @throws GivreError, exit code 2: `E_STACK_UNREADABLE`, `E_STACK_VARIABLE`, `E_STACK_YAML`, `E_STACK_SHAPE`. None shows
 * anything that was substituted.
 */
export async function readStack(path: string, environment: NodeJS.ProcessEnv = process.env): Promise<Stack> {
  const absolute = resolve(path);
  const raw = await readStackFile(absolute);
  const text = substitute(raw, environment, absolute);
  const { functions, configuration } = parseAs(stackShape, { text, raw, path: absolute, about: 'functions' });
  const resolved = await Promise.all(
    Object.entries(functions).map(([name, shape]) => resolveFunction(absolute, name, shape, configuration?.copy ?? [])),
  );
  return { path: absolute, functions: resolved.map((fn) => ({ ...fn, bases: basesOf(fn, resolved) })) };
}

/** One level deep: what is a base has none itself, so that no two functions can wait for each other. */
function basesOf(fn: StackFunction, all: readonly StackFunction[]): Record<string, StackFunction> {
  const bases: Record<string, StackFunction> = {};
  for (const [argument, value] of Object.entries(fn.buildArgs)) {
    const base = all.find((it) => it.image === value && it.name !== fn.name && it.image !== fn.image);
    if (base !== undefined) bases[argument] = base;
  }
  return bases;
}

async function resolveFunction(
  stackPath: string,
  name: string,
  shape: FunctionShape,
  copy: readonly string[],
): Promise<StackFunction> {
  const named = (shape.environment_file ?? []).map((file) => ({ stackPath, name, file }));
  const overrides = await Promise.all(named.map(variablesOf));
  return {
    name,
    stackPath,
    lang: textOf(shape.lang)?.toLowerCase(),
    handlerDir: textOf(shape.handler) === undefined ? undefined : resolve(dirname(stackPath), shape.handler ?? ''),
    image: shape.image,
    skipBuild: shape.skip_build ?? false,
    copy,
    buildArgs: shape.build_args ?? {},
    bases: {},
    environment: Object.assign({}, shape.environment, ...overrides),
    labels: shape.labels ?? {},
    annotations: shape.annotations ?? {},
    secrets: shape.secrets ?? [],
    constraints: shape.constraints ?? [],
    limits: resourcesOf(shape.limits),
    requests: resourcesOf(shape.requests),
    readOnlyRootFilesystem: shape.readonly_root_filesystem ?? false,
    fprocess: textOf(shape.fprocess),
    namespace: textOf(shape.namespace),
  };
}

/** An empty text says as little as none. */
function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function resourcesOf(shape: FunctionShape['limits']): Resources | undefined {
  return shape === undefined ? undefined : { memory: textOf(shape.memory), cpu: textOf(shape.cpu) };
}

/** Nothing is substituted in the files that a stack file names. */
async function variablesOf(named: { stackPath: string; name: string; file: string }): Promise<Texts> {
  const { path, text } = await readEnvironmentFile(named);
  return parseAs(environmentFileShape, { text, raw: text, path, about: 'environment' }).environment ?? {};
}

interface Source {
  readonly text: string;
  /** The file itself, before anything was substituted. */
  readonly raw: string;
  readonly path: string;
  readonly about: 'functions' | 'environment';
}

function parseAs<T>(shape: z.ZodType<T>, { text, raw, path, about }: Source): T {
  const result = shape.safeParse(parseYaml(text, path, about));
  if (result.success) return result.data;
  // A key that does not stand in the file came from the environment, where secrets are.
  const shown = (key: PropertyKey): string =>
    knownKeys.has(String(key)) || raw.includes(String(key)) ? String(key) : '…';
  const wrong = result.error.issues.map((issue) => {
    // About a name instead of its value: what is wrong with it lies one level deeper.
    const [inner = issue] = issue.code === 'invalid_key' ? issue.issues : [];
    const place = issue.path.map((key) => (typeof key === 'number' ? String(key) : shown(key))).join('.');
    return `  ${place || 'the whole file'}: ${inner.message}`;
  });
  throw usageError(
    'E_STACK_SHAPE',
    `${path} is no valid stack file:\n${wrong.slice(0, 5).join('\n')}`,
    'correct these keys; rust-functions/stack.yaml is an example that works',
  );
}
