import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../core/poll.ts';
import { connectSsh } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { docker, type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';

let sshd: Sshd;
let connection: SshConnection;
beforeAll(async () => {
  sshd = await startSshd(await sshdImage());
  connection = await connectSsh({ address: sshd.address() });
});
afterAll(async () => {
  await connection.close();
  await sshd.remove();
});

/** How many processes there have the text in their command line. */
async function running(marker: string): Promise<number> {
  // The first letter in brackets, so that the search does not find itself.
  const pattern = `[${marker[0]}]${marker.slice(1)}`;
  return Number(await sshd.docker('sh', '-c', 'pgrep --full --count -- "$1" || true', 'sh', pattern));
}

function untilRunning(marker: string, count: number): Promise<void> {
  return poll(
    async () => {
      const now = await running(marker);
      return now === count ? { done: true, value: undefined } : { done: false, seen: `${now} processes` };
    },
    { what: `${count} processes with ${marker}`, deadlineMs: 10_000 },
  );
}

/** TCP connections that this process waits for. */
const sockets = () => process.getActiveResourcesInfo().filter((it) => it === 'TCPSocketWrap').length;

/** Ends all logins there, as a network that breaks down or a machine that boots. */
const breakLogins = () => sshd.docker('pkill', '--full', 'sshd-session');

describe('a program that is stopped', () => {
  const family = (seconds: string) => ['sh', '-c', `sleep ${seconds} & sleep ${seconds} & wait`];

  test.each(['tester', 'root'])('at its deadline is killed there, with all it started (as %s)', async (user) => {
    const as = user === 'root' ? connection.asRoot() : connection;
    const begun = performance.now();
    const error = await as.exec(family('1234.5'), { timeoutMs: 700 }).catch((it) => it);
    expect(error).toMatchObject({ code: 'E_PROGRAM_TIMEOUT', message: expect.stringMatching(/^sh on .* 700 ms/) });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await running('sleep 1234.5')).toBe(0);
  });

  test('by an abort is killed there, and the reason of the abort is thrown', async () => {
    const controller = new AbortController();
    const result = connection.asRoot().exec(family('1235.5'), { signal: controller.signal });
    result.catch(() => {});
    await untilRunning('sleep 1235.5', 3);
    controller.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    expect(await running('sleep 1235.5')).toBe(0);
  });

  test('before it has begun never begins', async () => {
    const early = connection.exec(['sh', '-c', 'sleep 1236.5'], { signal: AbortSignal.abort(new Error('too late')) });
    await expect(early).rejects.toThrow('too late');
    for (const delayMs of [0, 1, 2, 3, 5, 8]) {
      const signal = AbortSignal.timeout(delayMs);
      await connection.exec(['sh', '-c', 'sleep 1236.5'], { signal }).catch(() => {});
    }
    await untilRunning('sleep 1236.5', 0);
  });

  test('though it ignores SIGTERM is killed all the same', async () => {
    const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1237.5; done'];
    await expect(connection.exec(stubborn, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'E_PROGRAM_TIMEOUT' });
    await untilRunning('sleep 1237.5', 0);
  });

  test('gives its session back', async () => {
    for (let round = 0; round < 3; round++) {
      const eight = Array.from({ length: 8 }, () => connection.exec(['sleep', '60'], { timeoutMs: 200 }));
      for (const it of await Promise.allSettled(eight)) expect(it.status).toBe('rejected');
    }
    expect((await connection.exec(['echo', 'free'])).stdout).toBe('free\n');
  });
});

describe('a connection that is lost', () => {
  test('in the middle of a command is said so, and the command is not run again', async () => {
    const result = connection.exec(['sh', '-c', 'echo began >> /tmp/count; sleep 30']);
    result.catch(() => {});
    await untilRunning('echo began', 1);
    await breakLogins();
    await expect(result).rejects.toMatchObject({
      code: 'E_SSH_LOST',
      message: expect.stringContaining('while sh ran'),
    });
    expect((await connection.exec(['cat', '/tmp/count'])).stdout).toBe('began\n');
  });

  test('between two commands is made anew by the next one, whoever is first', async () => {
    await breakLogins();
    const outputs = await Promise.all([1, 2, 3].map((it) => connection.exec(['echo', String(it)])));
    expect(outputs.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n']);
    expect(await running('sshd-session: tester@')).toBe(1);
  });

  test('loses or doubles no command that starts at that moment', async () => {
    await connection.exec(['sh', '-c', 'rm -f /tmp/round-*']);
    for (let round = 0; round < 8; round++) {
      const many = Array.from({ length: 6 }, (_, index) =>
        connection.exec(['sh', '-c', `echo ${index} >> /tmp/round-${round}; sleep 0.05`]),
      );
      await Promise.all([sleep(round * 15).then(breakLogins), Promise.allSettled(many)]);
      const settled = await Promise.allSettled(many);
      const lines = (await connection.exec(['sh', '-c', `cat /tmp/round-${round} || true`])).stdout.trim().split('\n');
      expect(lines.length).toBe(new Set(lines).size);
      for (const [index, it] of settled.entries()) {
        if (it.status === 'fulfilled') expect(lines).toContain(String(index));
        else expect(it.reason).toMatchObject({ code: 'E_SSH_LOST' });
      }
    }
  });

  test('is noticed though nothing says so, when the other side no longer answers', async () => {
    const watched = await connectSsh({ address: sshd.address(), keepaliveMs: 200, connectTimeoutMs: 10_000 });
    const result = watched.exec(['sleep', '60']);
    result.catch(() => {});
    await untilRunning('sleep 60', 1);
    await docker('pause', sshd.id);
    try {
      await expect(result).rejects.toMatchObject({ code: 'E_SSH_LOST' });
    } finally {
      await docker('unpause', sshd.id);
    }
    expect((await watched.exec(['echo', 'back'])).stdout).toBe('back\n');
    await watched.close();
  });

  test('is closed all the same: it keeps no process alive that has nothing else to do', async () => {
    // From the other side, where nothing stands in between that would say goodbye instead of the machine.
    const address = { ...sshd.address(), host: sshd.inside, port: 22 };
    const [direct, jumped] = await Promise.all([
      connectSsh({ address }),
      connectSsh({ address: { ...address, host: '127.0.0.1' }, jump: address }),
    ]);
    const opened = sockets();
    await docker('pause', sshd.id);
    try {
      await Promise.all([direct.close(), jumped.close()]);
      await poll(
        async () => {
          const left = sockets();
          return left <= opened - 2 ? { done: true, value: undefined } : { done: false, seen: `${left} of ${opened}` };
        },
        { what: 'both sockets to be gone', deadlineMs: 5_000 },
      );
    } finally {
      await docker('unpause', sshd.id);
    }
  });

  test('and does not come back ends the next command in time, with what is in the way', async () => {
    const gone = await startSshd(await sshdImage());
    const left = await connectSsh({ address: gone.address(), connectTimeoutMs: 1_000 });
    await gone.remove();
    await expect(left.exec(['true'])).rejects.toMatchObject({
      code: 'E_DEADLINE',
      message: expect.stringMatching(/to be back; last seen: .*refuses/),
    });
    await left.close();
  });

  test('that we have closed stays closed', async () => {
    const closed = await connectSsh({ address: sshd.address() });
    await closed.close();
    await closed.close();
    await expect(closed.exec(['true'])).rejects.toMatchObject({ code: 'E_SSH_CLOSED' });
  });
});

describe('a program with all three streams', () => {
  test('is spoken to, and ends when its input is closed', async () => {
    const channel = connection.asRoot().open(['sh', '-c', 'echo "$WHO" >&2; cat; exit 4'], { env: { WHO: 'me' } });
    channel.stdin.write('one\n');
    const [first] = await once(channel.stdout, 'data');
    expect(String(first)).toBe('one\n');
    channel.stdin.end('two\n');
    expect(await text(channel.stdout)).toBe('two\n');
    expect(await text(channel.stderr)).toBe('me\n');
    expect(await channel.exited).toBe(4);
  });

  test('ends when this side is gone', async () => {
    const short = await connectSsh({ address: sshd.address() });
    const channel = short.asRoot().open(['sh', '-c', 'cat; : marker-of-cat']);
    await untilRunning('marker-of-cat', 1);
    await short.close();
    expect(await channel.exited).toBe(255);
    await untilRunning('marker-of-cat', 0);
  });

  test('tells by its exit code and last words that it could not start or was lost', async () => {
    const missing = connection.open(['givre-no-such-program']);
    missing.stdin.write('into the void');
    expect(await missing.exited).toBe(127);
    const lost = connection.open(['sleep', '1238.5']);
    await untilRunning('sleep 1238.5', 1);
    await breakLogins();
    expect(await lost.exited).toBe(255);
    expect(await text(lost.stderr)).toContain('was lost while sleep ran');
    // Nobody reads that, and nobody must wait for it either.
    for (let block = 0; block < 100; block++) lost.stdin.write(Buffer.alloc(65_536));
    await new Promise<void>((resolve) => lost.stdin.end(resolve));
  });
});

describe('a forwarded port', () => {
  /** A TCP server there, which answers one connection after the other by a shell command. */
  const serve = (port: number, command: string) => {
    const script = `use Socket; socket(S,PF_INET,SOCK_STREAM,0); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1);
bind(S,sockaddr_in(${port},INADDR_LOOPBACK)) or die; listen(S,99);
while (accept(C,S)) { if (!fork) { open(STDIN,"<&C"); open(STDOUT,">&C"); exec "sh","-c",q{${command}} } close C }`;
    return docker('exec', '--detach', sshd.id, 'perl', '-e', script);
  };
  const reach = (address: string) => {
    const [host, port] = address.split(':');
    return connect({ host: host ?? '', port: Number(port), allowHalfOpen: true });
  };
  const ask = async (address: string, question: string) => {
    const socket = reach(address);
    socket.end(question);
    return text(socket);
  };
  beforeAll(async () => {
    await serve(7000, 'sed "s/^/you said: /"');
    await serve(7001, 'head -c 30000000 /dev/zero');
    const listening = "cat /proc/net/tcp | grep -c -E ':1B5[89] 0'";
    await poll(
      async () => {
        const seen = await sshd.docker('sh', '-c', `${listening} || true`);
        return seen === '2' ? { done: true, value: undefined } : { done: false, seen };
      },
      { what: 'the servers', deadlineMs: 10_000 },
    );
  });

  test('carries both directions, each to its own end', async () => {
    const address = await connection.forward(7000);
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await connection.forward(7000)).toBe(address);
    const answers = await Promise.all(['a', 'b', 'c'].map((it) => ask(address, it)));
    expect(answers).toEqual(['you said: a', 'you said: b', 'you said: c']);
    expect((await ask(await connection.forward(7001), '')).length).toBe(30_000_000);
  });

  test('is no session: any number of connections are open at once', async () => {
    const address = await connection.forward(7000);
    const sockets = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = reach(address);
        socket.write('x');
        await once(socket, 'connect');
        return socket;
      }),
    );
    expect((await connection.exec(['echo', 'still'])).stdout).toBe('still\n');
    const answers = await Promise.all(sockets.map((socket) => text(socket.end())));
    expect(new Set(answers)).toEqual(new Set(['you said: x']));
  });

  test('where nothing listens is a connection that breaks, not an empty answer', async () => {
    const socket = reach(await connection.forward(7999));
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('works again after the connection was lost, at the same address', async () => {
    const address = await connection.forward(7000);
    const open = reach(address);
    open.write('unfinished');
    await once(open, 'connect');
    await connection.exec(['true']);
    const broken = once(open.resume(), 'error');
    await breakLogins();
    // Not a clean end: half an answer must not pass for a whole one.
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await ask(address, 'again')).toBe('you said: again');
  });

  test('goes with its connection', async () => {
    const short = await connectSsh({ address: sshd.address() });
    const address = await short.forward(7000);
    await short.close();
    const [error] = await once(reach(address), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
