package givre;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The workload {@code hash}: SHA-256 of the body or of made-up bytes, and again of each digest. */
final class Hash implements Workload {
  private static final int LIMIT = 64 * 1024 * 1024;
  private static final byte[] MADE_UP = new byte[251 * 1024];

  static {
    for (int i = 0; i < MADE_UP.length; i++) MADE_UP[i] = (byte) (i % 251);
  }

  @Override
  public long limit() {
    return LIMIT;
  }

  @Override
  public Answer answer(Request request) throws IOException, Refusal {
    int rounds = request.parameters().number("rounds", 1, 1, 1_000_000);
    var size = request.parameters().number("size", 0, LIMIT);
    MessageDigest sha256 = sha256();
    if (size.isPresent()) {
      request.body().drop();
      updateMadeUp(sha256, size.getAsInt());
    } else {
      byte[] piece = new byte[64 * 1024];
      for (int read; (read = request.body().read(piece)) >= 0; ) sha256.update(piece, 0, read);
    }
    byte[] digest = sha256.digest();
    for (int round = 1; round < rounds; round++) digest = sha256.digest(digest);
    return Answer.of(Answer.TEXT, HexFormat.of().formatHex(digest) + "\n");
  }

  private static void updateMadeUp(MessageDigest digest, int size) {
    for (int left = size; left > 0; left -= MADE_UP.length) digest.update(MADE_UP, 0, Math.min(left, MADE_UP.length));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
