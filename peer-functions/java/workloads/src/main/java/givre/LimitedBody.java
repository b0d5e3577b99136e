package givre;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request's body that ends in an exception where its limit is passed. */
final class LimitedBody extends FilterInputStream {
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final int PIECE = 64 * 1024;

  private final long limit;
  private long count;

  LimitedBody(InputStream body, long limit) {
    super(body);
    this.limit = limit;
  }

  @Override
  public int read() throws IOException {
    int read = in.read();
    if (read >= 0) counted(1);
    return read;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    if (read > 0) counted(read);
    return read;
  }

  /** Reads and drops what is left, within the limit. */
  void drop() throws IOException {
    byte[] dropped = new byte[PIECE];
    while (read(dropped) >= 0) {}
  }

  /** Reads and drops what is left, beyond the limit, too; false if it is broken or far larger than the limit. */
  boolean reachesEnd() {
    byte[] dropped = new byte[PIECE];
    try {
      for (int read; (read = in.read(dropped)) >= 0; ) {
        count += read;
        if (count / 4 > limit) return false;
      }
      return true;
    } catch (IOException broken) {
      return false;
    }
  }

  private void counted(int read) throws TooLarge {
    count += read;
    if (count > limit) throw new TooLarge();
  }
}
