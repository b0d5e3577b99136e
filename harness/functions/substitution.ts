import { usageError } from '../core/errors.ts';

const reference = /(\\?)\$\{([^}]*)\}/g;
const form = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])(.*))?$/s;

/**
 * Puts environment variables into a stack file's text, as faas-cli does before it parses: `${NAME}` (empty when
 * unset), `${NAME:-default}` and `${NAME:=default}` (also for an empty value), `${NAME-default}`. `$NAME` without
 * braces stays as it is.
 *
 * @throws GivreError `E_STACK_VARIABLE` for any other form.
 */
export function substitute(text: string, environment: NodeJS.ProcessEnv, path: string): string {
  return text.replace(reference, (whole: string, backslash: string, inner: string, offset: number) => {
    if (backslash !== '') return whole.slice(1);
    const [, name, operator, otherwise = ''] = form.exec(inner) ?? [];
    if (name === undefined) {
      const line = text.slice(0, offset).split('\n').length;
      throw usageError(
        'E_STACK_VARIABLE',
        `${path}, line ${line}: cannot substitute "${whole}"`,
        `write \${NAME} or \${NAME:-default}, or \\${whole} to keep it as it is`,
      );
    }
    const value = environment[name];
    const missing = operator?.startsWith(':') ? value === undefined || value === '' : value === undefined;
    return missing ? otherwise : (value ?? '');
  });
}
