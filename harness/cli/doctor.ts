import { Command } from 'commander';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { diagnose, type Finding } from '../maintenance/doctor.ts';
import { diagnoseCloud } from '../maintenance/doctor-openstack.ts';
import { diagnoseMachines } from '../maintenance/doctor-ssh.ts';
import { addTargetOptions, partialTargetOf, type TargetWords, targetOptionsOf } from './target-options.ts';
import { wholeNumber } from './words.ts';

interface Words extends TargetWords {
  readonly generators?: number;
  readonly json: boolean;
}

const MARKS = { ok: 'ok     ', note: 'note   ', missing: 'MISSING' } as const;
const DEADLINE_MS = 120_000;

const EXAMPLES = `
Examples:
  npm run doctor
  npm run doctor -- --target openstack --cloud mycloud
  npm run doctor -- --target openstack --cloud mycloud --flavor m1.small --image debian-12 --network private
  npm run doctor -- --target ssh --host debian@192.0.2.10

Exit codes: 0 ready, 2 usage, 4 something is missing.`;

export function doctorCommand(output: Output, done: (code: ExitCode) => void): Command {
  const command = new Command('doctor').description(
    'Say what is missing for a run and how to get it; makes nothing that stays.',
  );
  return addTargetOptions(command)
    .option('--generators <n>', 'is there room for so many servers to send load from, too?', wholeNumber(1, 64))
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (words: Words) => {
      const cloud = partialTargetOf(words);
      // A machine that is there already is looked at by its name, and without one nothing would be.
      const target = words.target === 'ssh' ? targetOptionsOf(words) : undefined;
      if (cloud === undefined && words.generators !== undefined) {
        throw usageError(
          'E_TARGET_OPTION',
          '--generators tells nothing of this machine',
          'add --target openstack, or leave it out',
        );
      }
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const machines = target?.kind === 'ssh' ? await diagnoseMachines(target, signal) : [];
      const findings: Finding[] = [...(await diagnose(signal)), ...machines];
      if (cloud !== undefined) {
        findings.push(...(await diagnoseCloud({ ...cloud, generators: words.generators }, signal)));
      }
      if (words.json) output.result(inertJson(findings, 2));
      for (const { what, status, detail, hint } of words.json ? [] : findings) {
        output.result(`${MARKS[status]} ${what}: ${detail}${hint === '' ? '' : `\n        → ${hint}`}`);
      }
      done(findings.some((finding) => finding.status === 'missing') ? exitCodes.infrastructure : exitCodes.ok);
    });
}
