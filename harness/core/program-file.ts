import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { messageOf, systemCode, usageError } from './errors.ts';

/**
 * Refuses what cannot be a program that the user has named: nothing there, a folder, not executable.
 *
 * @throws GivreError (usage) with the code and hint that are given.
 */
export async function requireProgram(
  path: string,
  { code, hint }: { readonly code: string; readonly hint: string },
): Promise<void> {
  const fault = await programFault(path);
  if (fault !== undefined) throw usageError(code, `cannot run ${path}: ${fault}`, hint);
}

async function programFault(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'it is no file';
    await access(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return 'there is no such file';
    return code === 'EACCES' ? 'it is not executable, or not readable (chmod +x)' : messageOf(error);
  }
}
