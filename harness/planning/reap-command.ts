import { quote } from '../core/shell-quote.ts';

/** Where something may be left, as far as a command has to say it. */
type ReapTarget =
  | { readonly kind: 'container' }
  | {
      readonly kind: 'openstack';
      readonly cloud?: string | undefined;
      readonly region?: string | undefined;
      readonly httpsProxy?: string | undefined;
    }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly sshJump?: string | undefined;
      readonly identity?: string | undefined;
    };

interface ReapChoice {
  /** Undefined means everything whose time is over. */
  readonly run: string | undefined;
  /** Default: the one that removes. */
  readonly yes?: boolean;
}

/**
 * The words by which a user removes what is left at a target, to be pasted into a shell. The one place that knows them.
 * Of a proxy's address only that without its password is told.
 */
export function reapCommandFor(target: ReapTarget, { run, yes = true }: ReapChoice): string {
  if (target.kind === 'ssh') {
    const place = options({ '--host': target.host, '--ssh-jump': target.sshJump, '--identity': target.identity });
    return `npm run bench -- --target ssh${place} …: the next run cleans up what this one left`;
  }
  const { cloud, region, httpsProxy } = target.kind === 'container' ? {} : target;
  const place = options({ '--cloud': cloud, '--region': region, '--https-proxy': withoutPassword(httpsProxy) });
  const rest = `${place}${yes ? ' --yes' : ''}${options({ '--run': run })}`;
  return `npm run reap --${target.kind === 'container' ? '' : ` --target ${target.kind}`}${rest}`;
}

function options(words: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(words)
    .flatMap(([name, value]) => (value === undefined || value === '' ? [] : [` ${name} ${shellWord(value)}`]))
    .join('');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quote(text);
}

function withoutPassword(url: string | undefined): string | undefined {
  return url?.replace(/\/\/.*@/, '//***@');
}
