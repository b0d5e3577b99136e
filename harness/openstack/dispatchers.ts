import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { messageOf, usageError } from '../core/errors.ts';
import type { TlsFiles } from './tls-files.ts';

/** As the variables have them; empty is absent. */
export interface ProxyWords {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
}

export interface Dispatchers {
  readonly of: (url: URL) => Dispatcher;
  /** Cuts every connection. */
  destroy(): Promise<void>;
}

/**
 * The ways to one cloud: with its own authorities and client certificate, straight or through a proxy.
 *
 * @throws GivreError, exit code 2: `E_CLOUD_TLS_FILE` for a file that cannot be used, `E_CLOUD_PROXY`.
 */
export async function openDispatchers(tls: TlsFiles, words: ProxyWords): Promise<Dispatchers> {
  const connect = await tlsOptions(tls);
  const noProxy = words.noProxy ?? '';
  const exempt = networksIn(noProxy);
  const straight = new Agent({ connect });
  // One for each protocol: undici would send https by a proxy that was named for http only.
  const through = (word: string | undefined): Dispatcher => {
    const proxy = checkedProxy(word);
    if (proxy === undefined) return straight;
    return new EnvHttpProxyAgent({ httpProxy: proxy, httpsProxy: proxy, noProxy, connect, requestTls: connect });
  };
  const http = through(words.httpProxy);
  const https = through(words.httpsProxy);
  return {
    of(url) {
      if (isExempt(exempt, url)) return straight;
      return url.protocol === 'https:' ? https : http;
    },
    destroy: async () => void (await Promise.all([...new Set([straight, http, https])].map((it) => it.destroy()))),
  };
}

function checkedProxy(word: string | undefined): string | undefined {
  if (word === undefined || word === '') return undefined;
  const text = /^\w+:\/\//.test(word) ? word : `http://${word}`;
  const url = URL.parse(text);
  if (url !== null && /^(https?|socks5?):$/.test(url.protocol)) return text;
  // The word is not shown: it may hold a password.
  throw usageError('E_CLOUD_PROXY', 'the proxy for the cloud’s APIs is no address', 'expected http://host:port');
}

/** undici knows names and single addresses of `NO_PROXY`, but no networks: `10.0.0.0/8`. */
function networksIn(noProxy: string): BlockList {
  const networks = new BlockList();
  for (const word of noProxy.split(/[,\s]+/)) {
    const [address = '', bits = ''] = word.split('/');
    const family = isIP(address);
    const prefix = Number(bits);
    if (family === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) {
      continue;
    }
    networks.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return networks;
}

function isExempt(networks: BlockList, url: URL): boolean {
  const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

async function tlsOptions({ caPath, certPath, keyPath, verify }: TlsFiles): Promise<object> {
  const [ca, cert, key] = await Promise.all([readTlsFile(caPath), readTlsFile(certPath), readTlsFile(keyPath)]);
  const files = {
    ...(ca === undefined ? {} : { ca }),
    // One file may hold both, certificate and key.
    ...(cert === undefined ? {} : { cert, key: key ?? cert }),
  };
  try {
    createSecureContext(files);
    // Node takes a file of authorities without any for one that believes nobody.
    if (ca !== undefined) new X509Certificate(ca);
  } catch (error) {
    const paths = [caPath, certPath, keyPath].filter((path) => path !== undefined).join(', ');
    throw usageError('E_CLOUD_TLS_FILE', `${paths}: not usable for TLS: ${messageOf(error)}`, 'PEM files are expected');
  }
  return verify ? files : { ...files, rejectUnauthorized: false };
}

async function readTlsFile(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return await readFile(path).catch((error: unknown) => {
    const message = `the TLS file ${path} of the cloud cannot be read: ${messageOf(error)}`;
    throw usageError('E_CLOUD_TLS_FILE', message, 'a PEM file is expected; a folder of authorities is not read');
  });
}
