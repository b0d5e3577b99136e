package givre;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all workloads have in common, whatever they compute. */
class ContractTest {
  private static final String EMPTY_ORDER = "{\"items\":[]}";
  private static final int MIB = 1024 * 1024;

  @Test
  void everyMethodAndPathReachesTheWorkload() throws IOException {
    try (var function = new Function("echo")) {
      for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ODD")) {
        for (String path : List.of("/", "/deep/er?x=1", "/deep/../dots", "/_/healthy", "/_/health/y")) {
          var reply = function.ask(method, path, bytes("body"), true);
          assertEquals("200 body", reply.status() + " " + reply.text(), method + " " + path);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo", "json", "hash", "sleep", "alloc"})
  void healthAndReadyAnswerOk(String workload) throws IOException {
    try (var function = new Function(workload)) {
      for (String path : List.of("/_/health", "/_/ready")) {
        var reply = function.get(path);
        assertEquals(200, reply.status());
        assertEquals("ok\n", reply.text());
        assertEquals("text/plain; charset=utf-8", reply.contentType());
      }
    }
  }

  @Test
  void theAnswerToHeadHasNoBodyAndLeavesTheConnectionUsable() throws IOException {
    try (var function = new Function("sleep");
        var socket = function.connect()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, Function.ask(socket, "HEAD", "/?ms=0", new byte[0], false).status());
        assertEquals("slept 0 ms\n", Function.ask(socket, "GET", "/?ms=0", new byte[0], false).text());
      }
    }
  }

  @Test
  void aConnectionThatIsGoingToBeClosedIsAnnounced() throws IOException {
    try (var function = new Function("sleep");
        var socket = function.connect()) {
      socket.getOutputStream().write(bytes("GET /?ms=0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
    }
  }

  @Test
  void theFirstOfTwoParametersCountsAndStrangersDoNot() throws IOException {
    try (var function = new Function("sleep")) {
      assertEquals("slept 2 ms\n", function.get("/any?stranger=1&ms=2&ms=x&%6ds=3").text());
    }
  }

  @Test
  void aParameterOutOfItsRangeIsNamed() throws IOException {
    String expected = "400 The parameter ms has to be an integer from 0 to 60000.\n";
    var wrong = List.of("", "-1", "%2B1", "1.0", "1e3", "0x10", "1_0", "%201", "%D9%A3", "60001", "9".repeat(5000));
    try (var function = new Function("sleep")) {
      for (String value : wrong) {
        var reply = function.get("/?ms=" + value);
        assertEquals(expected, reply.status() + " " + reply.text(), value);
      }
    }
  }

  @Test
  void aBodyOverTheLimitIsRefusedWhenAllOfItHasBeenRead() throws IOException {
    byte[] tooLarge = new byte[8 * MIB];
    Arrays.fill(tooLarge, (byte) ' ');
    try (var function = new Function("json");
        var socket = function.connect()) {
      for (boolean chunked : new boolean[] {false, true}) {
        var reply = Function.ask(socket, "POST", "/", tooLarge, chunked);
        assertEquals("413 The body is larger than 2097152 bytes.\n", reply.status() + " " + reply.text());
      }
      // The same connection is still good.
      assertEquals(200, Function.ask(socket, "POST", "/", bytes(EMPTY_ORDER), true).status());
    }
  }

  @Test
  void aBodyOfExactlyTheLimitPasses() throws IOException {
    byte[] body = Arrays.copyOf(bytes(EMPTY_ORDER), 2 * MIB);
    Arrays.fill(body, EMPTY_ORDER.length(), body.length, (byte) ' ');
    try (var function = new Function("json")) {
      assertEquals(200, function.ask("POST", "/", body, false).status());
      assertEquals(200, function.ask("POST", "/", body, true).status());
    }
  }

  @Test
  void aClientThatWouldSendForeverIsKeptFromIt() throws IOException {
    try (var function = new Function("json");
        var socket = function.connect()) {
      var output = socket.getOutputStream();
      output.write(bytes("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
      assertThrows(
          IOException.class,
          () -> {
            while (true) output.write(bytes("10000\r\n" + " ".repeat(65536) + "\r\n"));
          });
      assertEquals(200, function.post("/", EMPTY_ORDER).status());
    }
  }

  @Test
  void aBodyThatBreaksOffOrHasBrokenChunksHarmsNobodyElse() throws IOException {
    try (var function = new Function("json")) {
      for (int i = 0; i < 200; i++) {
        try (var socket = function.connect()) {
          String broken = i % 2 == 0 ? "5\r\nab" : "no chunk\r\n\r\n";
          String head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
          socket.getOutputStream().write(bytes(head + broken));
        }
      }
      assertEquals(200, function.post("/", EMPTY_ORDER).status());
    }
  }

  @Test
  void tenThousandMalformedBodiesDoNotEndIt() throws IOException {
    try (var function = new Function("json");
        var socket = function.connect()) {
      for (int i = 0; i < 10_000; i++) {
        byte[] body = bytes("{\"items\": [?" + "[{".repeat(i % 100));
        body[11] = (byte) i;
        var reply = Function.ask(socket, "POST", "/", body, i % 2 == 0);
        assertEquals(400, reply.status());
        assertTrue(reply.text().matches("[^\n]+\n"), reply.text());
      }
      assertEquals(200, function.post("/", EMPTY_ORDER).status());
    }
  }

  @Test
  void memoryThatIsNotThereIsAnAnswerAndNotTheEnd() throws IOException {
    try (var function = new Function("alloc", "-Xmx64m")) {
      assertEquals(503, function.get("/?mb=1024").status());
      assertEquals(200, function.get("/?mb=16").status());
    }
  }

  @Test
  void aHundredRequestsSleepSideBySide() throws Exception {
    try (var function = new Function("sleep");
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      function.get("/?ms=0");
      var started = Instant.now();
      List<Callable<Function.Reply>> requests = new ArrayList<>();
      for (int i = 0; i < 100; i++) requests.add(() -> function.get("/?ms=1000"));
      for (var reply : clients.invokeAll(requests)) assertEquals("slept 1000 ms\n", reply.get().text());
      assertTrue(Duration.between(started, Instant.now()).toSeconds() < 10);
    }
  }

  @Test
  void aRequestInFlightIsAnsweredAfterSigtermAndNoNewConnectionIsTaken() throws Exception {
    try (var function = new Function("hash");
        var socket = function.beginPost(3)) {
      function.terminate();
      function.untilRefused();
      socket.getOutputStream().write(bytes("abc"));
      var reply = Function.read(socket.getInputStream(), false);
      assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", reply.text());
      assertEquals(0, function.exitCode());
    }
  }

  @Test
  void sigtermEndsAnIdleFunctionSoonWith0AndAnEmptyLog() throws Exception {
    try (var function = new Function("json");
        var idle = function.connect()) {
      assertEquals(200, Function.ask(idle, "POST", "/", bytes(EMPTY_ORDER), false).status());
      function.post("/", "no JSON");
      var started = Instant.now();
      function.terminate();
      assertEquals(0, function.exitCode());
      assertTrue(Duration.between(started, Instant.now()).toMillis() < 3000);
      assertEquals("", function.log());
    }
  }

  @Test
  void sigtermEndsItWithinFiveSecondsWhenAClientNeverSendsTheRest() throws Exception {
    try (var function = new Function("hash")) {
      function.beginPost(3);
      var started = Instant.now();
      function.terminate();
      assertEquals(0, function.exitCode());
      assertTrue(Duration.between(started, Instant.now()).toMillis() < 5000);
    }
  }

  @Test
  void anUnknownWorkloadEndsItWithAListOfThose() throws Exception {
    try (var function = new Function("nothing")) {
      assertEquals(1, function.exitCode());
      String reason = "WORKLOAD is \"nothing\"; it has to be one of alloc, echo, hash, json, sleep";
      assertTrue(function.log().contains(reason));
    }
  }

  @Test
  void echoBeginsItsAnswerWhenTheBodyHasEnded() throws IOException {
    try (var function = new Function("echo");
        var socket = function.connect()) {
      socket.getOutputStream().write(bytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf"));
      socket.setSoTimeout(1000);
      assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
      socket.setSoTimeout(Function.DEADLINE_SECONDS * 1000);
      socket.getOutputStream().write(bytes("rest"));
      assertEquals("halfrest", Function.read(socket.getInputStream(), false).text());
    }
  }

  @Test
  void echoHasALargeBodyInMemoryOnlyOnce() throws IOException {
    byte[] body = new byte[50 * MIB];
    for (int i = 0; i < body.length; i++) body[i] = (byte) (i * 31);
    try (var function = new Function("echo", "-Xmx90m")) {
      for (boolean chunked : new boolean[] {false, true}) {
        assertArrayEquals(body, function.ask("POST", "/", body, chunked).body());
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
