import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Run when the image is built: serves one request, so that the JVM's archive has all classes that this takes. */
final class Training {
  private Training() {}

  public static void main(String[] arguments) throws IOException {
    var server = Hello.listen(0);
    Hello.serve(server);
    try (var socket = new Socket("localhost", server.getAddress().getPort())) {
      String request =
          "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.contains("Hello from givre")) throw new IOException("unexpected: " + answer);
    }
    server.stop(0);
  }
}
