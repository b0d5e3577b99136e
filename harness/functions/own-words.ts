import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import { givrePrefix, watchdogKinds } from './deployment.ts';
import type { StackFunction } from './stack.ts';

const LABELS = ['language', 'framework', 'workload', 'watchdog', 'default'];
const ANNOTATIONS = ['expected-body', 'request-body', 'request-type'];
/** Of a header's value, in visible ASCII: a line break would begin another header. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Refuses what a function says about itself under our prefix and what would be ignored, or found out late.
 *
 * @throws GivreError `E_FUNCTION_WORD`, exit code 2
 */
export function checkOwnWords(fn: StackFunction): void {
  const refuse = (key: string, why: string, hint: string): Error =>
    usageError('E_FUNCTION_WORD', `${fn.stackPath}: functions.${fn.name}.${key}: ${why}`, hint);
  const kinds = [
    { key: 'labels', own: LABELS, others: ANNOTATIONS, other: 'annotations' },
    { key: 'annotations', own: ANNOTATIONS, others: LABELS, other: 'labels' },
  ] as const;
  for (const { key, own, others, other } of kinds) {
    const words = Object.keys(fn[key]).filter((it) => it.startsWith(givrePrefix));
    for (const word of words.map((it) => it.slice(givrePrefix.length))) {
      if (own.includes(word)) continue;
      const hint = others.includes(word) ? `it belongs among the ${other}` : suggestion(word, own);
      throw refuse(key, `there is no ${givrePrefix}${word}`, hint);
    }
  }
  const { [`${givrePrefix}watchdog`]: watchdog, [`${givrePrefix}default`]: standard } = fn.labels;
  if (watchdog !== undefined && !watchdogKinds.some((it) => it === watchdog)) {
    throw refuse('labels', `${givrePrefix}watchdog is none that there is`, suggestion(watchdog, watchdogKinds));
  }
  if (standard !== undefined && standard !== 'true' && standard !== 'false') {
    throw refuse('labels', `${givrePrefix}default is neither true nor false`, 'write "true" or "false"');
  }
  const type = fn.annotations[`${givrePrefix}request-type`];
  if (type === undefined || HEADER_VALUE.test(type)) return;
  const why = `${givrePrefix}request-type is no value of a header: it is empty, or has line breaks or letters beyond ASCII`;
  throw refuse('annotations', why, 'write a content type such as application/json');
}
