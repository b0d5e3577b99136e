// Behind the classic watchdog: a process a request. What is no success is a line of log and an exit code.
import { Problem } from './serving/problem.ts';
import { loadWorkload } from './workloads/index.ts';

const workload = await loadWorkload(process.env.WORKLOAD ?? '');
try {
  const { body } = await workload.answer({
    method: 'POST',
    parameters: new URLSearchParams(),
    contentType: undefined,
    signal: new AbortController().signal,
    body: { source: process.stdin, limitBytes: workload.bodyLimitBytes, readBytes: 0 },
  });
  process.stdout.write(body);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
