import { type Random, shuffled } from '../core/random.ts';

/** A stack file as it may be written, with the environment and the files that it names. */
export interface StackCase {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

const SCALARS = [
  ...['value', '1.10', '0600', 'yes', 'No', 'on', '~', 'null', 'Null', 'true', 'TRUE', '2020-01-01', '0x1F', '1_000'],
  ...['.5', '1e3', '-7', '+3', '.inf', 'a b c', 'a#b', 'value # comment', 'http://x:80/y?z=1', 'ünïcode', '=', '<<x'],
  ...['"quoted"', "'sin''gle'", '"esc\\n\\t\\u00e9\\x41"', '""', "''", '"null"', '"~"', '"# none"', "'yes'", '"1.0"'],
  ...['!!str 5', '!!str yes', '!!str ~', '!!bool yes', '!!int 5', '!!float 1', '"two\n            lines"', '"{a: b}"'],
];
const SUBSTITUTIONS = [
  ...['${A}', '${B}', '${C}', '${NONE}', '${A:-x}', '${NONE:-x}', '${NONE:-${B:-y}}', '${NONE:-a${A}b}', '${NONE:=z}'],
  ...['${NONE=z}', '${NONE:-}', '${NONE:?x}', '${NONE:+x}', '${B^^}', '${B^}', '${C,,}', '${C,}', '${B^,}', '${#B}'],
  ...['${B:1}', '${B:2:3}', '${B:99}', '${B: -2}', '${B:x}', '${B:1:x}', '${B:${NONE:-2}}', '${B:0:999}', '${C:3:1}'],
  ...['${B/a/X}', '${B//a/X}', '${B/#v/X}', '${B/%e/X}', '${B/a/}', '${B//\\//-}', '${B/a//X}', '${B/${A}/y}'],
  ...['${B#*a}', '${B##*.}', '${B%.*}', '${B%%.*}', '${B#?}', '${B%e}', '${B#[a-v]}', '${B##${NONE:-*}}'],
  ...['$A', '$$A', '$${A}', '$$${A}', '\\${A}', 'a\\/b', 'a\\\\b', '$', '${A}${B}', '${a.b}', '${1}', '${_x}'],
];
const BROKEN_SUBSTITUTIONS = ['${A-b}', '${}', '${ A }', '${A', '${A:-', '${A/b}', '${A:}', '${A!}', '${A%}', '${A-}'];
const VALUES = ['', 'value', 'a.b/c.d', 'two words', 'x: y', '&z', '"', "it's", 'a\nb', 'ü', 'VALUE', '#', '[', '0600'];
const NAMES = ['one', 'two-2', 'Three', 'four_4', 'f5', 'six.six'];

/** Stack files of every kind, most of them good, from one seed. */
export function stackCases(random: Random, count: number): readonly StackCase[] {
  return Array.from({ length: count }, () => new Writer(random).stackCase());
}

type Key = [name: string, write: (writer: Writer, indent: string) => string];

const KEYS: readonly Key[] = [
  ...['lang', 'handler', 'fprocess', 'namespace', 'platforms'].map((name): Key => [name, (it) => it.scalar()]),
  ...['skip_build', 'readonly_root_filesystem'].map((name): Key => [name, (it) => it.flag()]),
  ...['secrets', 'constraints', 'build_options'].map((name): Key => [name, (it, indent) => it.list(indent)]),
  ...['environment', 'environment', 'environment', 'labels', 'annotations', 'build_args', 'build_secrets'].map(
    (name): Key => [name, (it, indent) => it.map(indent)],
  ),
  ...['limits', 'requests'].map((name): Key => [name, (it) => it.resources()]),
  ['environment_file', (it) => it.environmentFiles()],
  ['unknown_key', (it, indent) => it.map(indent)],
];

/** Writes one file; what it names is gathered on the way. */
class Writer {
  readonly #random: Random;
  readonly #files: Record<string, string> = {};

  constructor(random: Random) {
    this.#random = random;
  }

  stackCase(): StackCase {
    const head = this.#often(0.9)
      ? this.#pick(['version: 1.0\n', "version: '1.0'\n", '', 'version:\n'])
      : 'version: 1\n';
    const provider = this.#often(0.97) ? 'provider:\n  name: openfaas\n' : this.#pick(['provider: ~\n', '']);
    const gateway = this.#often(0.3) && provider.endsWith('openfaas\n') ? `  gateway: ${this.scalar()}\n` : '';
    const base = this.#often(0.15);
    const shared = base ? 'x-base: &base\n  fprocess: shared\n  environment: {FROM_BASE: "1"}\n' : '';
    const names = shuffled(NAMES, this.#random).slice(0, 1 + this.#below(3));
    const functions = names.map((name) => this.#function(name, base)).join('');
    const copy = this.#often(0.2) ? `configuration:\n  copy: ${this.list('    ')}\n` : '';
    const body = `${head}${provider}${gateway}${shared}functions:\n${functions}${copy}`;
    return { text: this.#document(body), env: this.#environment(), files: this.#files };
  }

  scalar(): string {
    if (this.#often(0.3)) return this.#pick(SUBSTITUTIONS);
    if (this.#often(0.3)) return `"pre ${this.#pick(SUBSTITUTIONS)} post"`;
    return this.#often(0.01) ? this.#pick(BROKEN_SUBSTITUTIONS) : this.#pick(SCALARS);
  }

  flag(): string {
    const words = 'true True TRUE false False FALSE yes Yes YES no No NO on On ON off Off OFF y Y n N ~'.split(' ');
    return this.#often(0.95)
      ? this.#pick([...words, '', '${NONE:-true}'])
      : this.#pick(['"true"', 'maybe', '1', '[yes]', 'tRue', '!!bool yes']);
  }

  list(indent: string): string {
    if (this.#often(0.1)) return this.#nothingOrWrong();
    const items = Array.from({ length: this.#below(4) }, () => this.scalar());
    if (this.#often(0.4)) return `[${items.map(flowSafe).join(', ')}]`;
    return items.map((item) => `\n${indent}- ${item}`).join('') || '[]';
  }

  map(indent: string): string {
    if (this.#often(0.1)) return this.#nothingOrWrong();
    const keys = shuffled(['A', 'b.c', 'D_E', '0600', '"q r"', 'yes', 'com.example/x'], this.#random);
    const pairs = keys.slice(0, this.#below(4)).map((key) => [key, this.#value(indent)] as const);
    if (this.#often(0.3)) return `{${pairs.map(([key, value]) => `${key}: ${flowSafe(value)}`).join(', ')}}`;
    return pairs.map(([key, value]) => `\n${indent}${key}: ${value}`).join('') || '{}';
  }

  resources(): string {
    const memory = this.#pick(['128Mi', '1e9', '.5Gi', '64', '"1Pi"', '~', '""', '40m', 'lots', '0', '300000k']);
    const cpu = this.#pick(['100m', '0.5', '1', '.25', '~', '1e-1', '5.']);
    return this.#pick([`{memory: ${memory}}`, `{cpu: ${cpu}, memory: ${memory}}`, `{cpu: ${cpu}}`, '{}', '~']);
  }

  environmentFiles(): string {
    const names = ['env.yml', 'more/env.yml'].slice(0, this.#below(3));
    for (const name of names) {
      this.#files[name] = this.#often(0.05) ? 'A: b\n' : `environment:\n  A: ${this.#pick(SCALARS)}\n  $X: '\${A}'\n`;
    }
    return `[${names.join(', ')}]`;
  }

  #function(name: string, base: boolean): string {
    const image = this.#often(0.97) ? [`image: example/${name.toLowerCase()}:\${TAG:-latest}`] : [];
    const merge = base && this.#often(0.6) ? ['<<: *base'] : [];
    const keys = shuffled(KEYS, this.#random).slice(0, this.#below(6));
    const once = [...new Map(keys).entries()].map(([key, write]) => `${key}: ${write(this, '      ')}`);
    const twice = this.#often(0.01) ? ['image: again'] : [];
    const lines = [...merge, ...shuffled([...image, ...once], this.#random), ...twice];
    return `  ${name}:${lines.map((line) => `\n    ${line}`).join('')}\n`;
  }

  #value(indent: string): string {
    if (this.#often(0.1)) return `${this.#pick(['|', '>-', '|+'])}\n${indent}  first\n${indent}  second`;
    return this.scalar();
  }

  #nothingOrWrong(): string {
    return this.#often(0.8)
      ? this.#pick(['', '~', 'null', 'Null'])
      : this.#pick(['text', '[a]', '{a: b}', '""', '[[a]]']);
  }

  #document(body: string): string {
    const text = this.#often(0.9) ? body : this.#pick(['---\n', '# comment\n\n---\n', '%YAML 1.1\n---\n']) + body;
    const more = [
      '...\n',
      '---\n',
      '---\nkind: Other\n',
      '---\nfunctions: {x: {image: y}}\n',
      '# end',
      '---\n[broken\n',
    ];
    const whole = this.#often(0.9) ? text : text + this.#pick(more);
    return this.#often(0.95) ? whole : this.#pick([whole.replaceAll('\n', '\r\n'), `\ufeff${whole}`, `${whole}\n\n`]);
  }

  #environment(): Record<string, string> {
    const names = ['A', 'B', 'C', 'TAG'].filter(() => this.#often(0.8));
    return Object.fromEntries(names.map((name) => [name, this.#often(0.7) ? 'a.value/e' : this.#pick(VALUES)]));
  }

  #often(share: number): boolean {
    return this.#random() < share;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

/** A comment would take the rest of a flow with it. */
function flowSafe(text: string): string {
  return text
    .replace(/ #.*$/s, '')
    .replace(/^$/, '""')
    .replace(/^[|>][\s\S]*$/, 'block');
}
