package givre;

import java.io.IOException;

/** The workload {@code sleep}: an answer after a while, without using the processor. */
final class Sleep implements Workload {
  @Override
  public Answer answer(Request request) throws IOException, InterruptedException, Refusal {
    int ms = request.parameters().number("ms", 100, 0, 60_000);
    request.body().drop();
    Thread.sleep(ms);
    return Answer.of(Answer.TEXT, "slept " + ms + " ms\n");
  }
}
