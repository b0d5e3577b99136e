package givre;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The workload {@code echo}: the body as it comes. */
final class Echo implements Workload {
  private static final int PIECE = 64 * 1024;

  @Override
  public Answer answer(Request request) {
    String contentType = request.contentType() == null ? "application/octet-stream" : request.contentType();
    return new Answer(contentType, request.length(), output -> copy(request.body(), output));
  }

  private static void copy(InputStream input, OutputStream output) throws IOException {
    byte[] piece = new byte[PIECE];
    for (int read; (read = input.read(piece)) >= 0; ) {
      output.write(piece, 0, read);
      // InputStream.transferTo would keep what has come until there is more.
      output.flush();
    }
  }
}
