package givre;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a workload answers.
 *
 * @param length of the body in bytes
 */
record Answer(String contentType, long length, Body body) {
  static final String TEXT = "text/plain; charset=utf-8";
  static final String JSON = "application/json";

  @FunctionalInterface
  interface Body {
    void writeTo(OutputStream output) throws IOException;
  }

  static Answer of(String contentType, byte[] body) {
    return new Answer(contentType, body.length, output -> output.write(body));
  }

  static Answer of(String contentType, String body) {
    return of(contentType, body.getBytes(StandardCharsets.UTF_8));
  }
}
