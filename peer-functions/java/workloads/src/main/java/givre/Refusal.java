package givre;

import java.nio.charset.StandardCharsets;

/** An answer other than 200: its status, and one English sentence for the client. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  final int status;

  Refusal(int status, String sentence) {
    // Nobody reads where a client's mistake was found.
    super(sentence, null, false, false);
    this.status = status;
  }

  Answer answer() {
    return Answer.of(Answer.TEXT, (getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
