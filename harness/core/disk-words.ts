const FULL = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file has reached the largest size allowed'],
]);

/** Why there is no room for more, when that is why writing failed. */
export function noRoomWords(error: unknown): string | undefined {
  return FULL.get(systemCode(error) ?? '');
}

/** `ENOENT` and the like, of an error or of its cause; undefined for what the operating system has not said. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') return error.code;
  return systemCode(error.cause);
}
