import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of this checkout. The one place that counts the folders up to it. */
export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** Folder of what givre remembers on this machine: `$XDG_STATE_HOME/givre` or `~/.local/state/givre`. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'givre');
}
