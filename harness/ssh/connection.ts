import type { Channel } from '../core/host.ts';
import type { RunOptions, RunResult } from '../core/subprocess.ts';

/** Where and as whom. Every key is given, none is looked for; there is no trust on first use. */
export interface SshAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private keys to try, as text. */
  readonly privateKeys: readonly string[];
  /** Socket of an SSH agent to ask after them; when there are no keys either, that of `SSH_AUTH_SOCK`. */
  readonly agent?: string | undefined;
  /** Accepted host keys, `ssh-ed25519 AAAA…`. Anything else is refused. */
  readonly hostKeys: readonly string[];
}

export interface UploadOptions {
  /** As in chmod: 0o755. */
  readonly mode: number;
  readonly onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For how long the other end may take no byte, and then to check all of them. Default: 2 minutes. */
  readonly stallMs?: number | undefined;
}

/** A connection that comes back by itself when it was lost between two commands. */
export interface SshConnection {
  /** For messages: `debian@10.77.0.23`. */
  readonly name: string;
  /**
   * Runs a program to its end; a non-zero exit code is a result. Arguments arrive unchanged; neither they nor the
   * environment are in a command line of ssh, sudo or a shell there (the program's own arguments are in its own).
   *
   * @throws GivreError `E_PROGRAM_TIMEOUT`; `E_SSH_LOST` when the connection broke meanwhile: it is never run again.
   */
  exec(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a program with all three streams attached. Exit code 255, and the reason on stderr, when that fails. */
  open(argv: readonly string[], options?: Pick<RunOptions, 'env' | 'cwd'>): Channel;
  /**
   * Streams a local file to a remote one, verifies its SHA-256 there, and only then gives it its name. Folders are made.
   *
   * @throws GivreError `E_SSH_DISK_FULL`, `E_SSH_CHECKSUM`, `E_SSH_UPLOAD`, `E_SSH_STALLED`, `E_SSH_LOST`
   */
  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<void>;
  /** Streams the output of a command into a local file. */
  download(argv: readonly string[], localPath: string, signal?: AbortSignal): Promise<void>;
  /** Listens on a free port of 127.0.0.1 here and connects to `127.0.0.1:port` there: `127.0.0.1:49154`. */
  forward(port: number): Promise<string>;
  /** The same connection, on which everything runs as root: by `sudo -n`, unless the user is root. */
  asRoot(): SshConnection;
  /** From the next login on only these host keys are accepted (after they were changed on the machine). */
  expectHostKeys(hostKeys: readonly string[]): void;
  /** Ends the connection and its tunnels. */
  close(): Promise<void>;
}
