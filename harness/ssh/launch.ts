import { quote } from '../core/shell-quote.ts';

/** A program to run on the other end. */
export interface Launch {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** By `sudo -n`. */
  readonly sudo: boolean;
  /** Names this one program among all that run there; no secret. `[0-9a-f-]+` */
  readonly token: string;
}

/** What every descendant of a program carries, so that it can be found and killed. */
const TOKEN_VARIABLE = 'GIVRE_COMMAND';

/**
 * SSH carries one string, which the user's login shell, whichever that is, takes apart. So the string is constant but
 * for the token (no quote, backslash or `!` in the program text: csh and fish take it as sh does), and everything else
 * comes over standard input in lines that end with a `:`, which is no command line and in no process list. `read` takes
 * no byte more than its line; what follows belongs to the program. Until the last line has come nothing has run: a
 * connection that was lost before cannot have done half of the work.
 */
export function launcher({ sudo, token }: Pick<Launch, 'sudo' | 'token'>): string {
  const script = `: ${token}; givre_l=; until [ "$givre_l" = : ]; do IFS= read -r givre_l || exit 125; eval "$givre_l"; done; exec "$@"`;
  return `exec ${sudo ? 'sudo -n ' : ''}sh -c ${quote(script)} sh`;
}

/** What goes to the launcher's standard input before the program's own. */
export function prelude({ argv, env, cwd, token }: Launch): string {
  if (argv.length === 0) throw new TypeError('a launch needs a program');
  const variables = Object.entries({ ...env, [TOKEN_VARIABLE]: token }).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" is no name of a variable`);
    return `export ${name}=${line(value)}`;
  });
  const folder = cwd === undefined ? [] : [`cd -- ${line(cwd)} || exit 126`];
  const lines = [NEWLINE, ...variables, ...folder, `set -- ${argv.map(line).join(' ')}`, ':'];
  return `${lines.join('\n')}\n`;
}

/** A variable that holds a line end; `$(…)` cuts trailing ones off, so a dot guards it. */
const NEWLINE = `givre_n=$(printf '\\n.'); givre_n=\${givre_n%.}`;

/** A word in one line. */
function line(text: string): string {
  return quote(text).replaceAll('\n', `'"$givre_n"'`);
}
