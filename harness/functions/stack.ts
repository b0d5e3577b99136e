import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { messageOf, usageError } from '../core/errors.ts';
import { environmentFileShape, type FunctionShape, stackShape } from './stack-shape.ts';
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
 * Reads an OpenFaaS `stack.yaml` as faas-cli does: variables are substituted, then YAML is parsed, and relative paths
 * start at the file's own folder.
 *
 * @throws GivreError, exit code 2: `E_STACK_UNREADABLE`, `E_STACK_VARIABLE`, `E_STACK_YAML`, `E_STACK_SHAPE`.
 */
export async function readStack(path: string, environment: NodeJS.ProcessEnv = process.env): Promise<Stack> {
  const absolute = resolve(path);
  const text = substitute(await readText(absolute), environment, absolute);
  const { functions } = parseAs(stackShape, text, absolute);
  const entries = Object.entries(functions);
  const resolved = await Promise.all(entries.map(([name, shape]) => resolveFunction(absolute, name, shape)));
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

async function resolveFunction(stackPath: string, name: string, shape: FunctionShape): Promise<StackFunction> {
  const folder = dirname(stackPath);
  const files = shape.environment_file ?? [];
  const overrides = await Promise.all(files.map((file) => readEnvironmentFile(resolve(folder, file))));
  return {
    name,
    stackPath,
    lang: shape.lang?.toLowerCase(),
    handlerDir: shape.handler === undefined ? undefined : resolve(folder, shape.handler),
    image: shape.image,
    skipBuild: shape.skip_build ?? false,
    buildArgs: shape.build_args ?? {},
    bases: {},
    environment: Object.assign({}, shape.environment, ...overrides),
    labels: shape.labels ?? {},
    annotations: shape.annotations ?? {},
    secrets: shape.secrets ?? [],
    constraints: shape.constraints ?? [],
    limits: shape.limits,
    requests: shape.requests,
    readOnlyRootFilesystem: shape.readonly_root_filesystem ?? false,
    fprocess: shape.fprocess,
    namespace: shape.namespace,
  };
}

async function readEnvironmentFile(path: string): Promise<Texts> {
  return parseAs(environmentFileShape, await readText(path), path).environment ?? {};
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(
      'E_STACK_UNREADABLE',
      `cannot read ${path}: ${messageOf(error)}`,
      'check the path given by --stack',
    );
  }
}

function parseAs<T>(shape: z.ZodType<T>, text: string, path: string): T {
  const result = shape.safeParse(parseText(text, path));
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => {
    // About a name instead of its value: what is wrong with it lies one level deeper.
    const [inner = issue] = issue.code === 'invalid_key' ? issue.issues : [];
    return `  ${issue.path.join('.') || 'the whole file'}: ${inner.message}`;
  });
  throw usageError(
    'E_STACK_SHAPE',
    `${path} is no valid stack file:\n${wrong.slice(0, 5).join('\n')}`,
    'correct these keys; rust-functions/stack.yaml is an example that works',
  );
}

function parseText(text: string, path: string): unknown {
  try {
    // Every scalar stays the text it is, as in faas-cli, which wants texts: `yes`, `1.10` and `0600` are not altered.
    return parseYaml(text, { schema: 'failsafe', merge: true });
  } catch (error) {
    throw usageError('E_STACK_YAML', `${path} is not YAML: ${messageOf(error)}`, 'correct the file');
  }
}
