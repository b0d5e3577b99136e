import { join } from 'node:path';
import { repositoryRoot } from '../core/paths.ts';
import { imageCatalog } from '../images/catalog.ts';
import type { ImageSpec } from '../images/plan.ts';
import { pins } from '../platforms/pins.ts';

/** The image with `/opt/givre/bin/faas-cli` and `/opt/givre/bin/stack-referee`. */
export async function faasCliSpec(): Promise<ImageSpec> {
  const catalog = await imageCatalog({ root: repositoryRoot, gateway: pins.gateway, queueWorker: pins.queueWorker });
  const folder = join(repositoryRoot, 'ci/images/faas-cli');
  return {
    name: 'faas-cli',
    dockerfile: join(folder, 'Dockerfile'),
    inputs: ['go.mod', 'go.sum', 'stack-referee'].map((name) => ({ from: join(folder, name), to: name })),
    bases: { BUILDER: catalog.builder },
  };
}
