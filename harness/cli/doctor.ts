import { Command } from 'commander';
import { diagnose } from '../bench/doctor.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

const MARKS = { ok: 'ok     ', note: 'note   ', missing: 'MISSING' } as const;

export function doctorCommand(output: Output, done: (code: ExitCode) => void): Command {
  return new Command('doctor')
    .description('Say what is missing on this machine and how to get it; changes nothing.')
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const findings = await diagnose(AbortSignal.timeout(60_000));
      if (json) output.result(JSON.stringify(findings, null, 2));
      for (const { what, status, detail, hint } of json ? [] : findings) {
        output.result(`${MARKS[status]} ${what}: ${detail}${hint === '' ? '' : `\n        → ${hint}`}`);
      }
      done(findings.some((finding) => finding.status === 'missing') ? exitCodes.infrastructure : exitCodes.ok);
    });
}
