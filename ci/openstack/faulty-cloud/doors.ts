import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Door, makeDoor } from './door.ts';

/** A service, where it really is and where its clients think that it is. */
export interface Place {
  readonly service: string;
  readonly cloudOrigin: string;
  readonly ownOrigin: string;
}

export interface Doors {
  /** The origin at which the proxy plays that service; made when it is first asked for. */
  originOf(service: string, cloudOrigin: string, port?: number): Promise<string>;
  /** Refuses connections to the service, for so long or until it is `up` again. */
  down(service: string, forMs?: number): Promise<void>;
  up(service: string): Promise<void>;
  allUp(): Promise<void>;
  close(): Promise<void>;
}

/** A port for every service, so that paths stay what they are and one service alone can refuse connections. */
export function keepDoors(handle: (place: Place, request: IncomingMessage, response: ServerResponse) => void): Doors {
  const doors = new Map<string, Promise<Door>>();
  const shut = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const of = async (service: string): Promise<readonly Door[]> =>
    await Promise.all([...doors].filter(([key]) => key.startsWith(`${service} `)).map(([, door]) => door));
  const add = async (service: string, cloudOrigin: string, port: number): Promise<Door> => {
    const door: Door = await makeDoor(port, (request, response) =>
      handle({ service, cloudOrigin, ownOrigin: door.origin }, request, response),
    );
    if (shut.has(service)) door.shut();
    return door;
  };
  const up = async (service: string): Promise<void> => {
    shut.delete(service);
    for (const door of await of(service)) await door.open();
  };
  return {
    async originOf(service, cloudOrigin, port = 0) {
      const key = `${service} ${cloudOrigin}`;
      const door = doors.get(key) ?? add(service, cloudOrigin, port);
      doors.set(key, door);
      return (await door).origin;
    },
    async down(service, forMs) {
      shut.add(service);
      for (const door of await of(service)) door.shut();
      if (forMs !== undefined) timers.add(setTimeout(() => void up(service), forMs));
    },
    up,
    async allUp() {
      for (const service of [...shut]) await up(service);
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      for (const door of await Promise.all(doors.values())) door.shut();
    },
  };
}
