package givre;

import java.io.IOException;

/** The workload {@code alloc}: takes memory, touches every page of it and holds it for a while. */
final class Alloc implements Workload {
  private static final int PAGE_BYTES = 4096;

  @Override
  public Answer answer(Request request) throws IOException, InterruptedException, Refusal {
    int mb = request.parameters().number("mb", 16, 0, 1024);
    int holdMs = request.parameters().number("hold_ms", 0, 0, 60_000);
    request.body().drop();
    int pages = mb * (1024 * 1024 / PAGE_BYTES);
    byte[] block = new byte[pages * PAGE_BYTES];
    for (int page = 0; page < pages; page++) block[page * PAGE_BYTES] = (byte) (page % 251);
    Thread.sleep(holdMs);
    long checksum = 0;
    for (int page = 0; page < pages; page++) checksum += block[page * PAGE_BYTES] & 0xFF;
    return Answer.of(
        Answer.JSON, "{\"mb\":" + mb + ",\"pages\":" + pages + ",\"checksum\":" + checksum + "}");
  }
}
