package givre;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WorkloadTest {
  @Test
  void echoKeepsTheTypeOrNamesTheMostGeneralOne() throws IOException {
    try (var function = new Function("echo");
        var socket = function.connect()) {
      String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: image/x-odd\r\nContent-Length: 1\r\n\r\na";
      socket.getOutputStream().write(head.getBytes());
      assertEquals("image/x-odd", Function.read(socket.getInputStream(), false).contentType());
      assertEquals("application/octet-stream", function.get("/").contentType());
    }
  }

  @Test
  void hashHashesTheBodyAndThenEachDigest() throws Exception {
    var sha256 = MessageDigest.getInstance("SHA-256");
    String twice = HexFormat.of().formatHex(sha256.digest(sha256.digest("abc".getBytes())));
    try (var function = new Function("hash")) {
      assertEquals(twice + "\n", function.post("/?rounds=2", "abc").text());
    }
  }

  @Test
  void hashMakesUpAsManyBytesAsAreAskedFor() throws Exception {
    byte[] madeUp = new byte[3_000_001];
    for (int i = 0; i < madeUp.length; i++) madeUp[i] = (byte) (i % 251);
    String expected = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(madeUp));
    try (var function = new Function("hash")) {
      assertEquals(expected + "\n", function.post("/?size=" + madeUp.length, "dropped").text());
    }
  }

  @Test
  void allocAddsUpTheFirstByteOfEachPage() throws IOException {
    try (var function = new Function("alloc")) {
      assertEquals("{\"mb\":0,\"pages\":0,\"checksum\":0}", function.get("/?mb=0").text());
      assertEquals("{\"mb\":1,\"pages\":256,\"checksum\":31385}", function.post("/?mb=1", "dropped").text());
    }
  }
}
