import { usageError } from '../core/errors.ts';

/** The part of an address that a user types. */
export interface Destination {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

/** The same as it may be typed where ssh's configuration knows the rest: an alias and no more. */
export interface TypedAddress {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Parses `[user@]host[:port]`; an IPv6 address with a port stands in brackets: `debian@[fe80::1]:2222`.
 *
 * @throws GivreError `E_SSH_ADDRESS`
 */
export function parseAddress(text: string): TypedAddress {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? undefined : text.slice(0, at);
  const place = text.slice(at + 1);
  const match = /^\[([0-9A-Fa-f:.%\w-]+)\](?::(\d+))?$/.exec(place) ?? /^([^\s:[\]/]+)(?::(\d+))?$/.exec(place);
  // More than one colon without brackets can only be an IPv6 address without a port.
  const bare = /^[0-9A-Fa-f:.]+(?:%[\w-]+)?$/.test(place) && place.split(':').length > 2 ? place : undefined;
  const host = bare ?? match?.[1];
  const port = bare === undefined && match?.[2] !== undefined ? Number(match[2]) : undefined;
  const isPort = port === undefined || (port >= 1 && port <= 65_535);
  const isUser = user === undefined || (/^[^\s:]+$/.test(user) && !user.startsWith('-'));
  if (host !== undefined && isUser && !host.startsWith('-') && isPort) return { user, host, port };
  throw notAnAddress(text);
}

/**
 * The same where nothing else says who logs in; port 22 unless there is one.
 *
 * @throws GivreError `E_SSH_ADDRESS`
 */
export function parseDestination(text: string): Destination {
  const { user, host, port = 22 } = parseAddress(text);
  if (user === undefined) throw notAnAddress(text);
  return { user, host, port };
}

function notAnAddress(text: string): Error {
  return usageError(
    'E_SSH_ADDRESS',
    `"${text}" is no SSH address`,
    'write user@host, user@host:port or user@[::1]:port',
  );
}

/** The other way round, for messages: the port only where it is not 22. */
export function showDestination({ user, host, port }: Destination): string {
  const place = host.includes(':') ? `[${host}]` : host;
  return `${user}@${place}${port === 22 ? '' : `:${port}`}`;
}
