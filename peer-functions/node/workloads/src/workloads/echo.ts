import type { Workload } from '../serving/workload.ts';

/** The request's own bytes, sent on as they arrive. */
export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  answer: ({ contentType, contentLength, body }) => ({
    contentType: contentType || 'application/octet-stream',
    contentLength,
    body: body.source,
  }),
};
