package givre;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves one workload with the JDK's own HTTP server, a virtual thread for each request. */
final class Server {
  /** How long requests in flight may take to finish after SIGTERM, in seconds. */
  private static final int DRAIN_SECONDS = 3;

  private static final int BACKLOG = 1024;
  // In the words of the JDK's server, which takes 0 for a body of unknown length.
  private static final long NO_BODY = -1;

  private final HttpServer server;
  private final AtomicInteger inFlight = new AtomicInteger();

  private Server(HttpServer server) {
    this.server = server;
  }

  /** Listens at once. Requests wait in the listener's queue until there is a workload for them. */
  static Server listen(int port) throws IOException {
    // Otherwise each answer's last packet waits for the acknowledgement of the one before. Read once, by the next line.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // More clients than its 200 may keep a connection open without having it closed between two requests.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    return new Server(HttpServer.create(new InetSocketAddress("0.0.0.0", port), BACKLOG));
  }

  int port() {
    return server.getAddress().getPort();
  }

  void serve(Workload workload) {
    server.createContext("/", exchange -> handle(exchange, workload));
    server.createContext("/_/", exchange -> handleOwn(exchange, workload));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  /** Takes no new connection, and returns when all requests in flight are answered or the time is over. */
  void stop() {
    // The JDK's server waits until a request ends, and so all the time if there is none.
    server.stop(inFlight.get() == 0 ? 0 : DRAIN_SECONDS);
  }

  private void handleOwn(HttpExchange exchange, Workload workload) throws IOException {
    String path = exchange.getRequestURI().getPath();
    boolean own = path.equals("/_/health") || path.equals("/_/ready");
    handle(exchange, own ? request -> Answer.of(Answer.TEXT, "ok\n") : workload);
  }

  private void handle(HttpExchange exchange, Workload workload) throws IOException {
    inFlight.incrementAndGet();
    try (exchange) {
      respond(exchange, workload);
    } finally {
      inFlight.decrementAndGet();
    }
  }

  private static void respond(HttpExchange exchange, Workload workload) throws IOException {
    var body = new LimitedBody(exchange.getRequestBody(), workload.limit());
    try {
      send(exchange, 200, answer(exchange, workload, body));
    } catch (Refusal refusal) {
      // Its client may read no answer before all is sent, and may be sending forever.
      if (!body.reachesEnd()) exchange.getResponseHeaders().set("Connection", "close");
      send(exchange, refusal.status, refusal.answer());
    }
  }

  private static Answer answer(HttpExchange exchange, Workload workload, LimitedBody body) throws Refusal {
    String contentType = exchange.getRequestHeaders().getFirst("Content-Type");
    var parameters = new Parameters(exchange.getRequestURI().getRawQuery());
    var request = new Request(contentType, parameters, body);
    try {
      return workload.answer(request);
    } catch (LimitedBody.TooLarge tooLarge) {
      throw new Refusal(413, "The body is larger than %d bytes.".formatted(workload.limit()));
    } catch (IOException broken) {
      throw new Refusal(400, "The body cannot be read to its end.");
    } catch (InterruptedException | OutOfMemoryError unavailable) {
      throw new Refusal(503, "There is not enough memory or time for this request now.");
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

  private static void send(HttpExchange exchange, int status, Answer answer) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", answer.contentType());
    confirmClosing(exchange);
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Long.toString(answer.length()));
      exchange.sendResponseHeaders(status, NO_BODY);
      return;
    }
    exchange.sendResponseHeaders(status, answer.length() == 0 ? NO_BODY : answer.length());
    try (var output = exchange.getResponseBody()) {
      answer.body().writeTo(output);
    }
  }
}
