/** Everything of ours that runs on a machine under test, as one file that unpacks to a folder `givre`. */
export interface Bundle {
  /** A tar.gz on this machine. */
  readonly path: string;
  /** Of that file, `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** What it takes up when unpacked. */
  readonly unpackedBytes: number;
  /** Of the machines that it runs on, as `uname -m` says it: `x86_64`. */
  readonly architecture: string;
}
