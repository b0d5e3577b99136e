import { join, resolve } from 'node:path';
import { imageCatalog } from '../images/catalog.ts';
import type { ImageSpec } from '../images/plan.ts';
import { pins } from '../platforms/pins.ts';

const root = resolve(import.meta.dirname, '../..');

/** The image with `/opt/givre/bin/faas-cli` and `/opt/givre/bin/stack-referee`. */
export async function faasCliSpec(): Promise<ImageSpec> {
  const catalog = await imageCatalog({ root, gateway: pins.gateway, queueWorker: pins.queueWorker });
  const folder = join(root, 'ci/images/faas-cli');
  return {
    name: 'faas-cli',
    dockerfile: join(folder, 'Dockerfile'),
    inputs: ['go.mod', 'go.sum', 'stack-referee'].map((name) => ({ from: join(folder, name), to: name })),
    bases: { BUILDER: catalog.builder },
  };
}
