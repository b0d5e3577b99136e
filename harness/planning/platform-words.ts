import { usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import { checkDefects } from '../platforms/control/defects.ts';

/** One platform as the user named it. */
export type PlatformWord =
  | { readonly kind: 'auto' }
  | { readonly kind: 'control'; readonly defects: readonly string[]; readonly like: string | undefined }
  | { readonly kind: 'faasd'; readonly path: string | undefined }
  /** A faasd that is on the machine already. */
  | { readonly kind: 'existing' };

interface ControlOptions {
  /** `--defect`, applied to every `control` of the list. */
  readonly defects: readonly string[];
  readonly like: string | undefined;
}

/**
 * Parses `--platform`: a comma-separated list of `auto`, `existing`, `faasd`, `faasd=PATH`, `control`, and `control+DEFECT[=VALUE]…`
 * (or `control+like-faasd`), so that one run can hold the control with and without a defect.
 *
 * @throws GivreError (usage) `E_PLATFORM`, `E_UNKNOWN_DEFECT`, `E_DEFECT_VALUE`
 */
export function parsePlatforms(text: string, options: ControlOptions): readonly PlatformWord[] {
  const parsed = partsOf(text, '--platform').map((word) => parseWord(word, options));
  if (parsed.length > 1 && parsed.some((word) => word.kind === 'auto')) {
    throw usageError('E_PLATFORM', '"auto" chooses one platform and cannot stand in a list', 'name the platforms');
  }
  const wantsControl = options.defects.length > 0 || options.like !== undefined;
  if (wantsControl && !parsed.some((word) => word.kind === 'control')) {
    throw usageError('E_PLATFORM', '--defect and --like are for the control platform', 'add --platform control');
  }
  return parsed;
}

const KINDS = ['auto', 'existing', 'faasd', 'control'];
const LIKES = ['faasd'];

function checkLike(like: string | undefined, others: readonly string[]): void {
  if (others.length > 0) throw usageError('E_PLATFORM', 'a control is like one platform', 'name one with like-NAME');
  if (like === undefined || LIKES.includes(like)) return;
  throw usageError('E_PLATFORM', `--like knows no platform "${like}"`, suggestion(like, LIKES));
}

function parseWord(word: string, options: ControlOptions): PlatformWord {
  if (word === 'auto') return { kind: 'auto' };
  if (word === 'existing') return { kind: 'existing' };
  if (word === 'faasd') return { kind: 'faasd', path: undefined };
  if (word.startsWith('faasd=') && word.length > 'faasd='.length) {
    return { kind: 'faasd', path: word.slice('faasd='.length) };
  }
  const [name, ...additions] = word.split('+');
  if (name === 'control' && !additions.includes('')) {
    const likes = additions.filter((it) => it.startsWith('like-')).map((it) => it.slice('like-'.length));
    const defects = [...options.defects, ...additions.filter((it) => !it.startsWith('like-'))];
    const [like = options.like, ...others] = likes;
    checkDefects(defects);
    checkLike(like, others);
    return { kind: 'control', defects, like };
  }
  const hint = 'auto, faasd, faasd=PATH, control, control+DEFECT (several comma-separated), existing';
  const near = suggestion(name ?? '', KINDS);
  throw usageError('E_PLATFORM', `unknown platform "${word}"`, `${near}\nwhat there is: ${hint}`);
}

/** What tables call a control with these deviations: `control`, `control+no-readiness`, `control+like-faasd`. */
export function controlLabel(defects: readonly string[], like: string | undefined): string {
  return ['control', ...(like === undefined ? [] : [`like-${like}`]), ...defects].join('+');
}
