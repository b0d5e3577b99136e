package givre;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The workload {@code echo}: the body as it came, when all of it has come. */
final class Echo implements Workload {
  private static final int PIECE = 16 * 1024;

  @Override
  public Answer answer(Request request) throws IOException {
    // Joined by readAllBytes, a large body would be in memory twice.
    List<byte[]> pieces = new ArrayList<>();
    long length = 0;
    for (byte[] piece; (piece = request.body().readNBytes(PIECE)).length > 0; length += piece.length) pieces.add(piece);
    String contentType = request.contentType() == null ? "application/octet-stream" : request.contentType();
    return new Answer(
        contentType,
        length,
        output -> {
          for (byte[] piece : pieces) output.write(piece);
        });
  }
}
