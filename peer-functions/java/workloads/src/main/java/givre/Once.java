package givre;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Behind the classic watchdog: a process a request. What is no success is a line of log and an exit code. */
final class Once {
  private Once() {}

  static boolean answer(Workload workload, InputStream source, OutputStream output) throws IOException {
    var body = new LimitedBody(source, workload.limit());
    try {
      var answer = workload.answer(new Request(null, new Parameters(null), body));
      answer.body().writeTo(output);
      output.flush();
      return true;
    } catch (Refusal refusal) {
      System.err.println(refusal.getMessage());
    } catch (LimitedBody.TooLarge tooLarge) {
      System.err.println("The body is larger than %d bytes.".formatted(workload.limit()));
    } catch (InterruptedException interrupted) {
      System.err.println("There is not enough time for this request now.");
    }
    body.reachesEnd();
    return false;
  }
}
