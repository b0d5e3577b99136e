import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { usageError } from '../../core/errors.ts';

const HINT = 'say who may connect, as the machines see it: --allow-from CIDR';

/**
 * The CIDRs that may reach the machines: those that the user names, otherwise the address of ours from which the APIs
 * are reached.
 *
 * @throws GivreError `E_ALLOW_FROM`, exit code 2, where that address cannot be the one that the machines see.
 */
export async function allowedSources(
  wishes: { readonly allowFrom: readonly string[]; readonly sshJump: string | undefined },
  apiHost: string,
): Promise<readonly string[]> {
  if (wishes.allowFrom.length > 0) return wishes.allowFrom.map(parseCidr);
  if (wishes.sshJump !== undefined) {
    throw usageError('E_ALLOW_FROM', 'with a jump host the machines see its address, which is not known here', HINT);
  }
  const api = await addressOf(apiHost);
  return [sourceFor(await localAddressTowards(api), api)];
}

/**
 * Our own address as a CIDR, if machines of that cloud can see it.
 *
 * @throws GivreError `E_ALLOW_FROM`
 */
export function sourceFor(own: string, api: string): string {
  if (isLoopback(own)) {
    throw usageError('E_ALLOW_FROM', `the APIs are on this machine (${api}): the machines see another address`, HINT);
  }
  if (isPrivate(own) && !isPrivate(api)) {
    throw usageError(
      'E_ALLOW_FROM',
      `the APIs are on the Internet (${api}) and our own address is private (${own}): the machines see another one`,
      HINT,
    );
  }
  return parseCidr(own);
}

/**
 * An address or CIDR as Neutron takes it: `192.0.2.7/32`.
 *
 * @throws GivreError `E_ALLOW_FROM`
 */
function parseCidr(text: string): string {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  const length = bits === undefined ? longest : Number(bits);
  const whole = bits === undefined || /^\d{1,3}$/.test(bits);
  if (family === 0 || rest.length > 0 || !whole || length > longest) {
    throw usageError('E_ALLOW_FROM', `"${text}" is no CIDR`, 'for example: --allow-from 192.0.2.0/24');
  }
  return `${address}/${length}`;
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    // Only a proxy knows it.
    throw usageError('E_ALLOW_FROM', `the name of the APIs (${host}) cannot be resolved here`, HINT);
  }
}

/** The kernel chooses it when a datagram socket is connected; nothing is sent. */
async function localAddressTowards(address: string): Promise<string> {
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise((resolve, reject) => {
      socket.once('error', () => {
        reject(usageError('E_ALLOW_FROM', `there is no route to the APIs at ${address} but through a proxy`, HINT));
      });
      socket.connect(9, address, () => resolve(socket.address().address));
    });
  } finally {
    socket.close();
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** RFC 1918, RFC 6598 (carriers), link-local, RFC 4193. */
function isPrivate(address: string): boolean {
  const list = new BlockList();
  list.addSubnet('10.0.0.0', 8);
  list.addSubnet('172.16.0.0', 12);
  list.addSubnet('192.168.0.0', 16);
  list.addSubnet('100.64.0.0', 10);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('fc00::', 7, 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
