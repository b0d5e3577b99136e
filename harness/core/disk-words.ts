import { systemCode } from './errors.ts';

const FULL = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file has reached the largest size allowed'],
]);

/** Why there is no room for more, when that is why writing failed. */
export function noRoomWords(error: unknown): string | undefined {
  return FULL.get(systemCode(error) ?? '');
}
