import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type GivreError, messageOf, systemCode, usageError } from '../../core/errors.ts';

/** Architectures for which upstream publishes faasd, in Node's words. */
export type Architecture = 'x64' | 'arm64';

/** `e_machine` in an ELF header: System V ABI, EM_X86_64 and EM_AARCH64. */
const ELF_MACHINE: Readonly<Record<Architecture, number>> = { x64: 62, arm64: 183 };

const HINT = 'name the faasd binary itself, as upstream releases it: --platform faasd=PATH or GIVRE_FAASD_BINARY=PATH';

/**
 * Looks at a file that somebody says is faasd: an executable ELF for the architecture, whose `version` names faasd.
 *
 * @returns the version it states, or `dev` where its build stamped none.
 * @throws GivreError `E_NOT_FAASD` (usage)
 */
export async function inspectFaasd(path: string, architecture: Architecture, signal: AbortSignal): Promise<string> {
  const reason = await elfFault(path, architecture);
  if (reason !== undefined) throw notFaasd(path, reason);
  // It may be any program at all, so neither its time nor its output is unlimited.
  const limits = { timeout: 5_000, maxBuffer: 64 * 1024, signal };
  const output = await promisify(execFile)(path, ['version'], limits).catch((error: unknown) => {
    signal.throwIfAborted();
    throw notFaasd(path, `its "version" command fails: ${messageOf(error).split('\n')[0]}`);
  });
  const version = /faasd version:\s*(\S+)/.exec(output.stdout)?.[1];
  if (version !== undefined) return version;
  throw notFaasd(path, 'its "version" command does not name faasd');
}

async function elfFault(path: string, architecture: Architecture): Promise<string | undefined> {
  const header = await readStart(path, 20);
  if (typeof header === 'string') return header;
  if (header.length < 20 || header.readUInt32BE(0) !== 0x7f454c46) return 'it is no ELF program';
  const machine = header.readUInt16LE(18);
  if (machine !== ELF_MACHINE[architecture]) return `it is built for another architecture than ${architecture}`;
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  return executable ? undefined : 'it is not executable (chmod +x)';
}

/** The first bytes of a file, or what is wrong with it. */
async function readStart(path: string, length: number): Promise<Buffer | string> {
  try {
    // A pipe that nobody writes to would keep whoever opens it waiting.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return 'it is no file';
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
  }
}

function notFaasd(path: string, reason: string): GivreError {
  return usageError('E_NOT_FAASD', `${path} is not a faasd binary: ${reason}`, HINT);
}
