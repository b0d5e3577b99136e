package givre;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Run when the image is built: serves every workload for a request, so that the archive which the JVM writes at its
 * end has all classes that they load. A class in it is still loaded only by the workload that needs it.
 */
final class Training {
  private static final String ORDER =
      "{\"items\":[{\"id\":\"a\",\"quantity\":1,\"price_cents\":2,\"tags\":[\"b\"]}]}";

  private Training() {}

  public static void main(String[] arguments) throws IOException {
    for (String name : List.of("alloc", "echo", "hash", "json", "sleep")) {
      Server server = Server.listen(0);
      server.serve(Main.workload(name));
      ask(server.port(), "/?ms=1&mb=1&rounds=2", ORDER);
      ask(server.port(), "/?ms=x&mb=x&rounds=x", "not JSON");
      ask(server.port(), "/_/health", "");
      server.stop();
    }
    Once.answer(Main.workload("json"), new ByteArrayInputStream(ORDER.getBytes(StandardCharsets.UTF_8)), System.out);
  }

  private static void ask(int port, String target, String body) throws IOException {
    String request =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".formatted(target)
            + (body.isEmpty() ? "" : "%x\r\n%s\r\n".formatted(body.length(), body))
            + "0\r\n\r\n";
    try (var socket = new Socket("localhost", port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!answer.startsWith("HTTP/1.1 ")) throw new IOException("no answer to " + request);
    }
  }
}
