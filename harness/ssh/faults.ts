import { GivreError, messageOf } from '../core/errors.ts';

/** Codes of faults that may pass by themselves while a machine boots. */
const PASSING = [
  'E_SSH_RESOLVE',
  'E_SSH_REFUSED',
  'E_SSH_UNREACHABLE',
  'E_SSH_TIMEOUT',
  'E_SSH_HANDSHAKE',
  'E_SSH_LOST',
  'E_SSH_AUTH',
];

/** May the same login succeed a little later? A wrong host key never becomes right, nor does a wrong jump host. */
export function mayPass(error: unknown): error is GivreError {
  return error instanceof GivreError && PASSING.includes(error.code);
}

/** What a failed attempt to open a TCP connection means. */
export function connectFault(error: unknown, place: string): GivreError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') {
    return fault('E_SSH_REFUSED', `${place} refuses connections: no SSH server listens there`, error);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fault('E_SSH_RESOLVE', `the name of ${place} cannot be resolved (${code})`, error);
  }
  return fault('E_SSH_UNREACHABLE', `${place} cannot be reached (${code || messageOf(error)})`, error);
}

/** What an error of ssh2 before the login was complete means. */
export function loginFault(error: Error, name: string, lastBanner: string): GivreError {
  const level = 'level' in error ? error.level : undefined;
  const said = lastBanner.trim() === '' ? undefined : `the server said: ${lastBanner.trim()}`;
  if (level === 'client-authentication' || level === 'agent') {
    return new GivreError({
      code: 'E_SSH_AUTH',
      message: `${name} accepts none of our keys`,
      hint: said ?? 'is it the right user, and is the public key among its authorized keys?',
      cause: error,
    });
  }
  if (level === 'client-socket') {
    return fault('E_SSH_LOST', `the connection to ${name} broke during the login (${error.message})`, error);
  }
  return new GivreError({
    code: 'E_SSH_HANDSHAKE',
    message: `${name} and this program cannot agree on a session: ${error.message}`,
    hint: said,
    cause: error,
  });
}

function fault(code: string, message: string, cause: unknown): GivreError {
  return new GivreError({ code, message, cause });
}
