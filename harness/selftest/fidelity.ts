import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newCalm } from '../core/calm.ts';
import { makeFolder } from '../core/folder.ts';
import { repositoryRoot } from '../core/paths.ts';
import type { Platform } from '../core/platform.ts';
import { publish } from '../functions/registry.ts';
import { type BuiltImage, buildImage } from '../images/build.ts';
import type { ImageCatalog } from '../images/catalog.ts';
import { makeRunId } from '../planning/plan.ts';
import type { CoreImages } from '../platforms/compose.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { faasdPlatform } from '../platforms/faasd/install.ts';
import { obtainFaasd } from '../platforms/faasd/obtain.ts';
import { type Answers, askAll } from '../platforms/fidelity/ask.ts';
import { questions } from '../platforms/fidelity/questions.ts';
import {
  compared,
  type FidelityRecord,
  type Finding,
  fidelityTable,
  RECORD,
  readRecord,
  recordText,
  unlike,
  unnamed,
  withTable,
} from '../platforms/fidelity/table.ts';
import { runCatalog } from '../provisioning/artifacts/images.ts';
import { engineRun } from '../provisioning/engine-place.ts';
import { containerTarget } from '../targets/container.ts';
import { type Claim, claim } from './claims.ts';
import { ownRun } from './own-run.ts';
import type { SelfContext } from './runs.ts';

const DOCUMENT = join(repositoryRoot, 'docs/control-fidelity.md');
const FUNCTION = join(repositoryRoot, 'harness/platforms/testdata/tiny');

/**
 * The control's API beside faasd's. Where a faasd is named, it is asked anew and the record and the document are written;
 * otherwise its answers on record are taken.
 */
export async function fidelityClaims(context: SelfContext): Promise<readonly Claim[]> {
  const images = await buildAll(context);
  const control = await askOne(context, images, 'control', controlPlatform());
  const publishCoreImages = (registry: string, signal: AbortSignal) => publishCore(images, registry, signal);
  const like = controlPlatform({ like: 'faasd', publishCoreImages });
  const shaped = await askOne(context, images, 'like-faasd', like);
  const faasd = await faasdAnswers(context, images);
  const record: FidelityRecord = {
    faasd: faasd.version,
    answers: { control, 'control+like-faasd': shaped, faasd: faasd.answers },
  };
  await keep(context, record, faasd.isNew);
  const asked = compared(questions, record.answers).length;
  return [
    findingsClaim('control and faasd', 'a difference has a defect’s name', unnamed(questions, record.answers), asked),
    findingsClaim('like-faasd and faasd', 'the answer is the same', unlike(questions, record.answers), asked),
  ];
}

function findingsClaim(id: string, what: string, findings: readonly Finding[], asked: number): Claim {
  const list = findings.map((it) => `\n         ${it.id}: ${it.what}`).join('');
  const text = `${id}: on each of ${asked} requests ${what}`;
  return claim(
    `fidelity, ${id}`,
    text,
    `${findings.length} of ${asked} are not so${list}`,
    asked > 0 && findings.length === 0,
  );
}

interface Images {
  readonly catalog: ImageCatalog;
  readonly machine: BuiltImage;
  readonly asked: BuiltImage;
}

async function buildAll({ signal, output }: SelfContext): Promise<Images> {
  const work = { signal, progress: (line: string) => output.note(line) };
  const catalog = await runCatalog();
  const asked = await buildImage(
    {
      name: 'test-tiny',
      dockerfile: join(FUNCTION, 'Dockerfile'),
      inputs: [{ from: join(FUNCTION, 'tiny.pl'), to: 'tiny.pl' }],
      bases: { BASE: 'debian:trixie-slim' },
    },
    work,
  );
  return { catalog, machine: await buildImage(catalog.machine, work), asked };
}

async function publishCore({ catalog }: Images, registry: string, signal: AbortSignal): Promise<CoreImages> {
  const one = async (name: 'gateway' | 'queueWorker' | 'natsStreaming' | 'prometheus'): Promise<string> => {
    const { id } = await buildImage(catalog[name], { signal });
    return (await publish(id, { registryHost: registry, repository: `givre/${catalog[name].name}`, signal })).ref;
  };
  return {
    gateway: await one('gateway'),
    queueWorker: await one('queueWorker'),
    natsStreaming: await one('natsStreaming'),
    prometheus: await one('prometheus'),
  };
}

/** A platform on a machine of its own, which goes afterwards. */
async function askOne(context: SelfContext, images: Images, role: string, platform: Platform): Promise<Answers> {
  const plan = engineRun(makeRunId('fidelity', new Date()));
  return await ownRun(context, plan, async ({ runId, scope, signal, output, leases, place }) => {
    const labels = await place.labels(signal);
    const host = await containerTarget({ image: images.machine.tag, runId, labels }).acquire(scope, role, signal);
    await leases.keep(host.leases, newCalm(), scope);
    const installation = await platform.install(scope, host, signal, (line) => output.status(`${role}: ${line}`));
    const published = await publish(images.asked.id, {
      registryHost: host.address(5000),
      repository: 'givre/asked',
      signal,
    });
    output.status(`${role}: asking`);
    return await askAll(questions, { installation, host, image: published.ref, slow: true, signal });
  });
}

interface FaasdAnswers {
  readonly version: string;
  readonly answers: Answers;
  readonly isNew: boolean;
}

async function faasdAnswers(context: SelfContext, images: Images): Promise<FaasdAnswers> {
  const { signal, output, own } = context;
  if (own.faasd === undefined) {
    const { faasd, answers } = await readRecord();
    output.note(`no faasd was named (--faasd): taking the answers of faasd ${faasd} that are on record`);
    return { version: faasd, answers: answers.faasd, isNew: false };
  }
  const work = { signal, progress: (line: string) => output.note(line) };
  const binary = await obtainFaasd({ path: own.faasd, cacheDir: '/nonexistent', ...work });
  const publishCoreImages = (registry: string, until: AbortSignal) => publishCore(images, registry, until);
  const answers = await askOne(context, images, 'faasd', faasdPlatform({ binary, publishCoreImages }));
  return { version: binary.version, answers, isNew: true };
}

async function keep({ out }: SelfContext, record: FidelityRecord, isNew: boolean): Promise<void> {
  const table = fidelityTable(questions, record);
  await makeFolder(out);
  await writeFile(join(out, 'fidelity.json'), recordText(questions, record));
  await writeFile(join(out, 'fidelity.md'), `${table}\n`);
  if (!isNew) return;
  await writeFile(RECORD, recordText(questions, record));
  await writeFile(DOCUMENT, withTable(await readFile(DOCUMENT, 'utf8'), table));
}
