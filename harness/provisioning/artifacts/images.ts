import type { Bundle } from '../../core/bundle.ts';
import { repositoryRoot } from '../../core/paths.ts';
import type { Progress } from '../../core/platform.ts';
import { type BuiltImage, buildImage } from '../../images/build.ts';
import { buildBundle } from '../../images/bundle.ts';
import { type ImageCatalog, imageCatalog } from '../../images/catalog.ts';
import type { Plan } from '../../planning/plan.ts';
import type { PlannedPlatform } from '../../planning/platform-choice.ts';
import { coreInContainers } from '../../platforms/control/defects.ts';
import { pins } from '../../platforms/pins.ts';

/** Every image that a run needs besides its functions. */
export interface RunImages {
  readonly catalog: ImageCatalog;
  /** Tag of the machine under test. */
  readonly machine: string;
  /** The do-nothing function that the floor is measured with. */
  readonly floor: BuiltImage;
  /** Compilers for the functions. */
  readonly builder: BuiltImage;
  /** Core services as images, for platforms that run them so. */
  readonly core: CoreServiceImages | undefined;
  /** The machine's programs for machines that are no containers of ours. */
  readonly bundle: Bundle | undefined;
}

export interface CoreServiceImages {
  readonly gateway: BuiltImage;
  readonly queueWorker: BuiltImage;
  readonly natsStreaming: BuiltImage;
  readonly prometheus: BuiltImage;
}

interface ImageWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What can be built from this checkout. */
export async function runCatalog(): Promise<ImageCatalog> {
  const { gateway, queueWorker } = pins;
  return await imageCatalog({ root: repositoryRoot, gateway, queueWorker });
}

/** Builds what is not there yet; with everything cached this takes a second. */
export async function buildRunImages(plan: Plan, catalog: ImageCatalog, work: ImageWork): Promise<RunImages> {
  const build = (name: keyof ImageCatalog): Promise<BuiltImage> => buildImage(catalog[name], work);
  const [machine, floor, builder] = [await build('machine'), await build('floor'), await build('builder')];
  const core = plan.platforms.some(wantsCoreImages)
    ? {
        gateway: await build('gateway'),
        queueWorker: await build('queueWorker'),
        natsStreaming: await build('natsStreaming'),
        prometheus: await build('prometheus'),
      }
    : undefined;
  const bundle = plan.options.target.kind === 'container' ? undefined : await buildBundle(catalog.bundle, work);
  return { catalog, machine: machine.tag, floor, builder, core, bundle };
}

function wantsCoreImages(platform: PlannedPlatform): boolean {
  return platform.kind === 'faasd' || (platform.kind === 'control' && coreInContainers(platform));
}
