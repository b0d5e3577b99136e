import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import type { Finding } from '../maintenance/doctor.ts';
import { addTargetOptions, partialTargetOf, type TargetWords, targetOptionsOf } from './target-options.ts';
import { wholeNumber } from './words.ts';

const MARKS = { ok: 'ok     ', note: 'note   ', missing: 'MISSING' } as const;
const DEADLINE_MS = 120_000;

const EXAMPLES = `
Examples:
  npm run doctor
  npm run doctor -- --target openstack --cloud mycloud
  npm run doctor -- --target openstack --cloud mycloud --flavor m1.small --image debian-12 --network private
  npm run doctor -- --target ssh --host debian@192.0.2.10

Exit codes: 0 ready, 2 usage, 4 something is missing.`;

export function doctorCommand(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  const command = new Command('doctor').description(
    'Say what is missing for a run and how to get it; makes nothing that stays.',
  );
  return addTargetOptions(command)
    .option('--generators <n>', 'is there room for so many servers to send load from, too?', wholeNumber(1, 64))
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async ({ generators, json, ...target }) => {
      const findings = await lookAt(target, generators);
      if (json) output.result(inertJson(findings, 2));
      for (const { what, status, detail, hint } of json ? [] : findings) {
        output.result(`${MARKS[status]} ${what}: ${detail}${hint === '' ? '' : `\n        → ${hint}`}`);
      }
      done(findings.some((finding) => finding.status === 'missing') ? exitCodes.infrastructure : exitCodes.ok);
    });
}

/** At this machine, and at the cloud or the machines that are named. */
async function lookAt(words: TargetWords, generators: number | undefined): Promise<readonly Finding[]> {
  const cloud = partialTargetOf(words);
  // A machine that is there already is looked at by its name, and without one nothing would be.
  const target = words.target === 'ssh' ? targetOptionsOf(words) : undefined;
  if (cloud === undefined && generators !== undefined) {
    throw usageError(
      'E_TARGET_OPTION',
      '--generators tells nothing of this machine',
      'add --target openstack, or leave it out',
    );
  }
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const machines = target?.kind === 'ssh' ? await (await ofSsh()).diagnoseMachines(target, signal) : [];
  const here = await (await ofThisMachine()).diagnose(signal);
  const clouds = cloud === undefined ? [] : await (await ofOpenstack()).diagnoseCloud({ ...cloud, generators }, signal);
  return [...here, ...machines, ...clouds];
}

const ofThisMachine = () => import('../maintenance/doctor.ts');
const ofSsh = () => import('../maintenance/doctor-ssh.ts');
const ofOpenstack = () => import('../maintenance/doctor-openstack.ts');
