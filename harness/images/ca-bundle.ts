import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface CaBundleOptions {
  /** What this machine trusts: PEM, all certificates in one file. Default: `SSL_CERT_FILE`, then Debian's path. */
  readonly bundle?: string;
  /** What its distribution would trust: a folder of PEM files. */
  readonly distribution?: string;
}

/**
 * Path of this machine's CA bundle where it trusts a certificate that its distribution does not ship (a company proxy,
 * for instance): then package registries answer inside a build only with this bundle. Undefined where the
 * distribution's own is enough, or where there is none.
 */
export async function hostCaBundle(options: CaBundleOptions = {}): Promise<string | undefined> {
  const bundle = options.bundle ?? process.env.SSL_CERT_FILE ?? '/etc/ssl/certs/ca-certificates.crt';
  const trusted = fingerprints(await readIfThere(bundle));
  const shipped = await shippedFingerprints(options.distribution ?? '/usr/share/ca-certificates');
  return [...trusted].some((fingerprint) => !shipped.has(fingerprint)) ? bundle : undefined;
}

async function shippedFingerprints(folder: string): Promise<ReadonlySet<string>> {
  const shipped = new Set<string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ifMissing([]));
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    for (const fingerprint of fingerprints(await readIfThere(join(entry.parentPath, entry.name)))) {
      shipped.add(fingerprint);
    }
  }
  return shipped;
}

/** By the certificate itself, not by its text: bundles differ in comments, order and line ends. */
function fingerprints(pem: string): ReadonlySet<string> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(ifMissing(''));
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
