package givre;

import java.io.IOException;

/** What a function computes. */
interface Workload {
  long NO_LIMIT = Long.MAX_VALUE;

  /** Called by many threads at the same time. */
  Answer answer(Request request) throws IOException, InterruptedException, Refusal;

  /** Of the body, in bytes. */
  default long limit() {
    return NO_LIMIT;
  }
}
