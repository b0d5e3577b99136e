import { readBody } from '../serving/body.ts';
import type { Workload } from '../serving/workload.ts';

/** Begins when the body has ended: the proxies in front lose the rest of a body whose answer comes earlier. */
export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  answer: async ({ contentType, body }) => ({
    contentType: contentType || 'application/octet-stream',
    body: await readBody(body),
  }),
};
