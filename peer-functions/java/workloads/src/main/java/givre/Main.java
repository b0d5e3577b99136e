package givre;

import java.io.IOException;

/** Listens first and loads the workload that WORKLOAD names afterwards. */
final class Main {
  private static final String DEFAULT_PORT = "8080";

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    var environment = System.getenv();
    if (arguments.length == 1 && arguments[0].equals("once")) {
      boolean answered = Once.answer(workload(environment.getOrDefault("WORKLOAD", "")), System.in, System.out);
      System.exit(answered ? 0 : 1);
    }
    Server server = Server.listen(Integer.parseInt(environment.getOrDefault("PORT", DEFAULT_PORT)));
    server.serve(workload(environment.getOrDefault("WORKLOAD", "")));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
  }

  /** Each case loads its own class, when it is the one. */
  static Workload workload(String name) {
    return switch (name) {
      case "alloc" -> new Alloc();
      case "echo" -> new Echo();
      case "hash" -> new Hash();
      case "json" -> new Json();
      case "sleep" -> new Sleep();
      default -> throw new IllegalArgumentException(
          "WORKLOAD is \"" + name + "\"; it has to be one of alloc, echo, hash, json, sleep");
    };
  }

  private static void stop(Server server) {
    server.stop();
    // By itself the JVM would end with 143, the code of a process that SIGTERM has killed.
    Runtime.getRuntime().halt(0);
  }
}
