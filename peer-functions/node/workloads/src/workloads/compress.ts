import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';
import { readBody } from '../serving/body.ts';
import { choice } from '../serving/parameters.ts';
import type { Workload } from '../serving/workload.ts';

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

const compressors = {
  gzip: (body: Buffer) => gzipAsync(body, { level: 6 }),
  zstd: (body: Buffer) => zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
};

export const workload: Workload = {
  bodyLimitBytes: 16 * 1024 * 1024,
  async answer({ parameters, body }) {
    const format = choice(parameters, 'format', ['gzip', 'zstd']);
    return { contentType: `application/${format}`, body: await compressors[format](await readBody(body)) };
  },
};
