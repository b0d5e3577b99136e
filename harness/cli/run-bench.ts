import { summaryJson } from '../../reports/json.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { bench } from '../bench/bench.ts';
import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { planSummary, planText } from '../planning/dry-run.ts';
import { expectedDuration } from '../planning/duration-history.ts';
import type { BenchOptions } from '../planning/options.ts';
import { makePlan, type Plan } from '../planning/plan.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { isCalibrationDue } from '../runs/calibrations.ts';
import { onlyVerified } from '../verification/only-verified.ts';
import { NOTHING_MADE, onInterrupt } from './interrupt.ts';
import { writeReports } from './report.ts';

interface How {
  /** Measure only what answers right. */
  readonly verify: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * What `npm run bench` does once its words are understood: plan, perhaps verify, measure, report.
 *
 * @throws GivreError of whatever cannot be done; the run's own verdict is the exit code.
 */
export async function runBench(options: BenchOptions, how: How, output: Output): Promise<ExitCode> {
  let reapHint = NOTHING_MADE;
  const interrupt = onInterrupt(output, () => reapHint);
  try {
    const whole = await makePlan(options, { signal: interrupt.signal, now: new Date() });
    // Whatever the target, functions are verified in containers of this machine.
    const onRunId = (id: string): void => {
      reapHint = reapCommandFor({ kind: 'container' }, { run: id });
    };
    const checking = how.verify && !how.dryRun;
    const plan: Plan = checking ? await onlyVerified(whole, { output, signal: interrupt.signal, onRunId }) : whole;
    if (how.dryRun) {
      const duration = await expectedDuration(plan, isCalibrationDue);
      output.result(how.json ? inertJson(planSummary(plan, duration), 2) : planText(plan, duration));
      return exitCodes.ok;
    }
    reapHint = reapCommandFor(options.target, { run: plan.runId });
    const { folder, exitCode } = await bench(plan, output, interrupt.signal);
    const { summary, html } = await writeReports(folder).catch((error: unknown) => {
      // The run itself has ended well or badly before this; its own exit code says more than a report's failure.
      if (exitCode === exitCodes.ok) throw error;
      output.note(`the report could not be written: ${messageOf(error)}; later: npm run report -- ${folder}`);
      return { summary: undefined, html: 'none' };
    });
    if (summary === undefined) return exitCode;
    const colour = process.stdout.isTTY === true;
    if (how.json) output.result(summaryJson(summary).trimEnd());
    else output.result(terminalReport(summary, { colour }), { painted: true });
    output.note(`run folder  ${folder}\nreport      ${html}`);
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}
