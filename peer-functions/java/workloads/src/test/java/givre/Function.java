package givre;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A workload in a JVM of its own, started as its image starts it and asked through real sockets. */
final class Function implements AutoCloseable {
  /** How long anything may take before a test gives up. */
  static final int DEADLINE_SECONDS = 30;
  private static final AtomicInteger GIVEN = new AtomicInteger();

  final int port;
  final Process process;
  private final List<Socket> sockets = new ArrayList<>();

  record Reply(int status, String contentType, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  Function(String workload, String... flags) throws IOException {
    port = freePort();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "givre.Main"));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PORT", Integer.toString(port));
    builder.environment().put("WORKLOAD", workload);
    process = builder.start();
  }

  /** Waits until the function listens. */
  Socket connect() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (true) {
      try {
        return connectNow();
      } catch (ConnectException refused) {
        if (System.nanoTime() > deadline || !process.isAlive()) throw refused;
        Thread.onSpinWait();
      }
    }
  }

  Socket connectNow() throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(DEADLINE_SECONDS * 1000);
    // Head and body are written one after the other: the second would wait for an acknowledgement of the first.
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  /** A POST whose body the function asks for: it has the request, and waits for so many bytes. */
  Socket beginPost(int length) throws IOException, InterruptedException {
    var socket = connect();
    String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\nExpect: 100-continue\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    String status = line(socket.getInputStream());
    if (!status.startsWith("HTTP/1.1 100 ")) throw new AssertionError(status);
    while (!line(socket.getInputStream()).isEmpty()) continue;
    // The JDK's server says so by itself, just before the handler begins.
    Thread.sleep(300);
    return socket;
  }

  /** Returns when no new connection is taken any more. */
  void untilRefused() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (System.nanoTime() < deadline) {
      try {
        connectNow().close();
      } catch (ConnectException refused) {
        return;
      }
    }
    throw new AssertionError("a new connection is still taken");
  }

  Reply get(String target) throws IOException {
    return ask("GET", target, new byte[0], false);
  }

  Reply post(String target, String body) throws IOException {
    return ask("POST", target, body.getBytes(StandardCharsets.UTF_8), false);
  }

  Reply ask(String method, String target, byte[] body, boolean chunked) throws IOException {
    try (var socket = connect()) {
      return ask(socket, method, target, body, chunked);
    }
  }

  /** Sends the request from a thread of its own, so that an answer which streams can be read meanwhile. */
  static Reply ask(Socket socket, String method, String target, byte[] body, boolean chunked) throws IOException {
    var output = socket.getOutputStream();
    String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + body.length;
    String head = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + framing + "\r\n\r\n";
    Thread sender =
        Thread.startVirtualThread(
            () -> {
              try {
                output.write(head.getBytes(StandardCharsets.US_ASCII));
                output.write(chunked ? chunks(body) : body);
              } catch (IOException gone) {
                // The answer, or its absence, tells what happened.
              }
            });
    Reply reply = read(socket.getInputStream(), method.equals("HEAD"));
    try {
      sender.join();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
    return reply;
  }

  static Reply read(InputStream input, boolean isHead) throws IOException {
    String statusLine = line(input);
    String contentType = null;
    int length = 0;
    boolean chunked = false;
    for (String line; !(line = line(input)).isEmpty(); ) {
      String[] header = line.split(": ", 2);
      switch (header[0].toLowerCase()) {
        case "content-type" -> contentType = header[1];
        case "content-length" -> length = Integer.parseInt(header[1]);
        case "transfer-encoding" -> chunked = header[1].equals("chunked");
        default -> {}
      }
    }
    int status = Integer.parseInt(statusLine.split(" ")[1]);
    byte[] body = isHead ? new byte[0] : chunked ? readChunks(input) : input.readNBytes(length);
    return new Reply(status, contentType, body);
  }

  private static byte[] readChunks(InputStream input) throws IOException {
    var body = new ByteArrayOutputStream();
    for (int length; (length = Integer.parseInt(line(input), 16)) > 0; line(input)) body.write(input.readNBytes(length));
    line(input);
    return body.toByteArray();
  }

  private static String line(InputStream input) throws IOException {
    var line = new StringBuilder();
    for (int read; (read = input.read()) != '\n'; ) {
      if (read < 0) throw new IOException("the connection ended after \"" + line + "\"");
      if (read != '\r') line.append((char) read);
    }
    return line.toString();
  }

  private static byte[] chunks(byte[] body) throws IOException {
    var chunks = new ByteArrayOutputStream();
    for (int start = 0; start < body.length; start += 50_000) {
      int length = Math.min(50_000, body.length - start);
      chunks.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      chunks.write(body, start, length);
      chunks.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    chunks.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return chunks.toByteArray();
  }

  /** Sends SIGTERM. By its handle, because Process.destroy() would also close what the log is read from. */
  void terminate() {
    process.toHandle().destroy();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) throw new AssertionError("the function did not end");
    return process.exitValue();
  }

  /** All that it has written, once it has ended. */
  String log() throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    for (var socket : sockets) socket.close();
    process.destroyForcibly();
  }

  /**
   * Given out once. The kernel takes the ports of connections from 32768 on, so that none of them can take this one before
   * it is listened on.
   */
  private static int freePort() {
    while (true) {
      int port = 10_000 + (int) ((ProcessHandle.current().pid() * 101 + GIVEN.getAndIncrement()) % 20_000);
      try {
        new ServerSocket(port).close();
        return port;
      } catch (IOException taken) {
        // The next one, then.
      }
    }
  }
}
