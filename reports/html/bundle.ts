import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { GivreError, messageOf } from '../../harness/core/errors.ts';
import { exitCodes } from '../../harness/core/exit-codes.ts';
import { repositoryRoot } from '../../harness/core/paths.ts';

/**
 * Makes one script of the page's own modules: `browser/main` and what it imports. It is not minified, so that whoever opens
 * a report in the browser's tools can read what it does. No text in it can end the script element that it stands in.
 *
 * @throws GivreError `E_REPORT_PAGE`, with what esbuild says: its program is not there, or a module is missing
 */
export function bundlePage(): string {
  try {
    return bundled();
  } catch (error) {
    throw new GivreError({
      code: 'E_REPORT_PAGE',
      message: `the report's page cannot be made: ${messageOf(error)}`,
      hint: 'npm ci on this machine, optional packages included; then: npm run report',
      exitCode: exitCodes.infrastructure,
      cause: error,
    });
  }
}

function bundled(): string {
  const { outputFiles } = buildSync({
    // Each module's path stands before its code, and must not tell from where givre was started.
    absWorkingDir: repositoryRoot,
    entryPoints: [join(import.meta.dirname, 'browser/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'esnext',
    charset: 'utf8',
    // What it has to say is in the error.
    logLevel: 'silent',
  });
  return outputFiles.map((file) => file.text).join('');
}
