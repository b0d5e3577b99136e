import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { GivreError } from '../../../harness/core/errors.ts';

/** A port of this machine behind which a service seems to be. */
export interface Door {
  readonly origin: string;
  /** Drops all connections and refuses new ones. */
  shut(): void;
  /** Listens again, at the same port. */
  open(): Promise<void>;
}

/** @param port 0 for any that is free */
export async function makeDoor(port: number, listener: RequestListener): Promise<Door> {
  const server = createServer(listener);
  // A client that never ends its request is a matter of its own deadline.
  server.requestTimeout = 0;
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') return address.port;
    throw new GivreError({ code: 'E_FAULTY_CLOUD_PORT', message: 'the faulty cloud has no port' });
  };
  const own = await listen(port);
  return {
    origin: `http://127.0.0.1:${own}`,
    shut() {
      server.close();
      server.closeAllConnections();
    },
    async open() {
      if (!server.listening) await listen(own);
    },
  };
}
