import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { Link } from './link.ts';

/** Local ports that lead to ports of the machine's loopback. */
export interface Forwards {
  /** `127.0.0.1:49154`; asked twice for the same port, it answers the same. */
  to(port: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * Each connection to a local port becomes one channel of the link's login of that moment: after a lost connection the
 * next one goes through the new login.
 */
export function newForwards(link: Link): Forwards {
  const listeners = new Map<number, Promise<string>>();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  const listen = async (port: number): Promise<string> => {
    // Half-open: a client that has sent all of its request still wants the answer.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
      connectThrough(link, port, socket);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
    return `127.0.0.1:${address.port}`;
  };
  return {
    to(port) {
      const known = listeners.get(port) ?? listen(port);
      listeners.set(port, known);
      return known;
    },
    async close() {
      const ended = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(ended);
    },
  };
}

async function connectThrough(link: Link, port: number, socket: Socket): Promise<void> {
  try {
    const client = await link.client();
    const channel = await new Promise<Duplex>((resolve, reject) => {
      client.forwardOut('127.0.0.1', socket.remotePort ?? 0, '127.0.0.1', port, (error, opened) =>
        error ? reject(error) : resolve(opened),
      );
    });
    channel.on('error', () => {});
    if (socket.destroyed) channel.destroy();
    // ssh2 ends the channels of a lost login as if all had been said: an answer cut short must not look whole.
    const lost = (): void => void socket.resetAndDestroy();
    client.once('close', lost);
    pipeline(socket, channel, () => {});
    pipeline(channel, socket, () => {});
    channel.once('close', () => socket.destroySoon());
    socket.once('close', () => {
      client.off('close', lost);
      channel.destroy();
    });
  } catch {
    // As if nothing listened: a reset, not an empty answer.
    socket.resetAndDestroy();
  }
}
