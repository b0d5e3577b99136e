import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Store {
  readonly address: string;
  /** How many connections there were so far. */
  connections: number;
  /** Takes commands, but does not answer. */
  silent: boolean;
  closeConnections(): void;
}

/** A server that speaks as much of the Redis protocol as kv needs, and fails on demand. */
export async function startStore(t: TestContext): Promise<Store> {
  const values = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    store.connections++;
    sockets.add(socket.on('error', () => {}).setEncoding('latin1'));
    let unread = '';
    socket.on('data', (text) => {
      unread += text;
      for (let command = nextCommand(unread); command; command = nextCommand(unread)) {
        unread = unread.slice(command.length);
        if (!store.silent) socket.write(reply(command.words, values), 'latin1');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const closeConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    server.close();
    closeConnections();
  });
  const store: Store = { address: `127.0.0.1:${address.port}`, connections: 0, silent: false, closeConnections };
  return store;
}

/** The first whole command, an array of bulk strings, and how much of the text it is. */
function nextCommand(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const count = /^\*(\d+)\r\n/.exec(text);
  if (count === null) return undefined;
  let at = count[0].length;
  const words: string[] = [];
  while (words.length < Number(count[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return undefined;
    const begin = at + size[0].length;
    at = begin + Number(size[1]) + 2;
    if (text.length < at) return undefined;
    words.push(text.slice(begin, at - 2));
  }
  return { words, length: at };
}

function reply([command = '', key = '', value]: readonly string[], values: Map<string, string>): string {
  if (command.toUpperCase() === 'SET' && value !== undefined) {
    values.set(key, value);
    return '+OK\r\n';
  }
  const found = values.get(key);
  if (command.toUpperCase() !== 'GET') return '-ERR unknown command\r\n';
  return found === undefined ? '$-1\r\n' : `$${found.length}\r\n${found}\r\n`;
}
