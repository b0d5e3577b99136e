import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The workload {@code hello}: the same short answer to every request, after reading all of it. */
final class Hello {
  private static final int DEFAULT_PORT = 8080;
  private static final int BACKLOG = 1024;
  private static final byte[] GREETING = "Hello from givre\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OK = "ok\n".getBytes(StandardCharsets.US_ASCII);
  // How long requests in flight may take to finish after SIGTERM, in seconds.
  private static final int DRAIN_SECONDS = 3;
  // In the words of the JDK's server, which takes 0 for a body of unknown length.
  private static final long NO_BODY = -1;

  private static final AtomicInteger inFlight = new AtomicInteger();

  private Hello() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 1 && arguments[0].equals("once")) {
      once(System.in, System.out);
      return;
    }
    String port = System.getenv("PORT");
    HttpServer server = listen(port == null ? DEFAULT_PORT : Integer.parseInt(port));
    serve(server);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
  }

  /** Behind the classic watchdog: a process a request. */
  static void once(InputStream body, OutputStream answer) throws IOException {
    drop(body);
    answer.write(GREETING);
    answer.flush();
  }

  /** Listens at once; the first requests wait in the listener's queue until it serves. */
  static HttpServer listen(int port) throws IOException {
    // Otherwise each answer's last packet waits for the acknowledgement of the one before. Read once, by the next line.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // More clients than its 200 may keep a connection open without having it closed between two requests.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    return HttpServer.create(new InetSocketAddress("0.0.0.0", port), BACKLOG);
  }

  static void serve(HttpServer server) {
    server.createContext("/", Hello::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    inFlight.incrementAndGet();
    try (exchange) {
      drop(exchange.getRequestBody());
      String path = exchange.getRequestURI().getPath();
      byte[] body = path.equals("/_/health") || path.equals("/_/ready") ? OK : GREETING;
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      confirmClosing(exchange);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        exchange.sendResponseHeaders(200, NO_BODY);
      } else {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /**
   * The JDK's server closes the connection where the client asks for it, but does not say so: a proxy that passes the
   * wish on, as of-watchdog does, might send its next request on it.
   */
  private static void confirmClosing(HttpExchange exchange) {
    if (!"close".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Connection"))) return;
    exchange.getResponseHeaders().set("Connection", "close");
  }

  private static void drop(InputStream body) throws IOException {
    byte[] dropped = new byte[64 * 1024];
    while (body.read(dropped) >= 0) {}
  }

  private static void stop(HttpServer server) {
    // Takes no new connection, and returns when all requests in flight are answered or the time is over.
    // The JDK's server waits until a request ends, and so all the time if there is none.
    server.stop(inFlight.get() == 0 ? 0 : DRAIN_SECONDS);
    // By itself the JVM would end with 143, the code of a process that SIGTERM has killed.
    Runtime.getRuntime().halt(0);
  }
}
