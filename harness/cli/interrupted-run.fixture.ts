// A run whose machine is not real, and which then measures until somebody wants an end; its removal may hang.

import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodeOf } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { streamOutput } from '../core/output.ts';
import { type Place, withRun } from '../provisioning/run.ts';
import { onInterrupt } from './interrupt.ts';

const RUN_ID = 'interrupted-run';
const hangs = process.argv[2] === 'whose removal hangs';

const place: Place = {
  isMachine: () => true,
  audit: async () => [],
  reapCommand: `npm run reap -- --yes --run ${RUN_ID}`,
  close: async () => {},
};

const output = streamOutput(process.stdout, process.stderr);
const interrupt = onInterrupt(output, () => place.reapCommand);
const plan = { runId: RUN_ID, keep: false, longestMs: 0, open: async () => place };
const ended = withRun(plan, { output, signal: interrupt.signal }, async ({ scope, signal }) => {
  await scope.defer('machine', async () => {
    output.result('removing the machine');
    if (hangs) await new Promise(() => {});
    output.result('removed the machine');
  });
  output.result('measuring');
  await sleep(60_000, undefined, { signal });
  return { exitCode: exitCodes.ok };
});
process.exitCode = await ended.then(({ exitCode }) => exitCode, exitCodeOf);
interrupt.dispose();
