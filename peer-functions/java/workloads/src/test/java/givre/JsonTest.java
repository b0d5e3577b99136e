package givre;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static final String ITEM = "{\"id\":\"a\",\"quantity\":%s,\"price_cents\":3,\"tags\":[\"x\",\"x\"]%s}";

  private static Function function;

  @BeforeAll
  static void start() throws IOException {
    function = new Function("json");
  }

  @AfterAll
  static void stop() throws IOException {
    function.close();
  }

  @Test
  void addsUpAnOrderTheDearestFirst() throws IOException {
    String cheap = ITEM.formatted("1", "");
    String dear = ITEM.formatted("10000", ",\"other\":{\"deep\":[1]}").replace("\"a\"", "\"é\"");
    var reply = function.post("/", order(cheap + "," + dear + "," + cheap.replace("\"a\"", "\"c\"")));
    assertEquals(200, reply.status(), reply.text());
    assertEquals("application/json", reply.contentType());
    assertEquals(
        "{\"count\":3,\"quantity\":10002,\"total_cents\":30006,\"tags\":{\"x\":6},\"items\":["
            + "{\"id\":\"é\",\"total_cents\":30000},{\"id\":\"a\",\"total_cents\":3},{\"id\":\"c\",\"total_cents\":3}]}",
        reply.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "1.0", "1e2", "\"1\"", "null", "-1", "10001", "01", "NaN", "99999999999999999999"})
  void refusesAQuantityThatIsNoIntegerInItsRange(String quantity) throws IOException {
    assertRefused(order(ITEM.formatted(quantity, "")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "+1", "'text'", "[1,]", "{\"a\":1,}", "/* comment */ 1", "\"\t\""})
  void refusesWhatIsNoJsonAlsoWhereNobodyLooks(String value) throws IOException {
    assertRefused("{\"items\":[],\"x\":" + value + "}");
  }

  @Test
  void refusesWhatIsMissingTwiceOverOrBehindTheDocument() throws IOException {
    assertRefused("");
    assertRefused("{}");
    assertRefused("[]");
    assertRefused("{\"items\":[]");
    assertRefused("{\"items\":[]} {}");
    assertRefused("{\"items\":[[]]}");
    assertRefused(order(ITEM.formatted("1", "").replace("\"tags\"", "\"tag\"")));
    assertRefused(order(ITEM.formatted("1", "").replace("[\"x\",\"x\"]", "[1]")));
  }

  @Test
  void refusesOtherEncodingsAndHalfOfASurrogatePair() throws IOException {
    for (String name : List.of("UTF-16LE", "UTF-16BE", "UTF-32BE", "ISO-8859-1")) {
      byte[] body = "{\"items\":[],\"é\":1}".getBytes(Charset.forName(name));
      assertEquals(400, function.ask("POST", "/", body, false).status(), name);
    }
    // "/" in two bytes.
    byte[] overlong = "{\"items\":[],\"??\":1}".getBytes(StandardCharsets.US_ASCII);
    overlong[13] = (byte) 0xC0;
    overlong[14] = (byte) 0xAF;
    assertEquals(400, function.ask("POST", "/", overlong, false).status());
    assertRefused(order(ITEM.formatted("1", "").replace("\"a\"", "\"\\ud800\"")));
    assertRefused("\ufeff{\"items\":[]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 65, 100_000})
  void goes64LevelsDeepAndNoFurther(int levels) throws IOException {
    int expected = levels <= 64 ? 200 : 400;
    // The document is the first level of all; an item is the third.
    assertEquals(expected, function.post("/", "{\"items\":[],\"x\":" + nested(levels - 1) + "}").status());
    assertEquals(expected, function.post("/", order(ITEM.formatted("1", ",\"x\":" + nested(levels - 3)))).status());
  }

  @Test
  void takesAKeyAndANumberAsLongAsTheBodyMayBe() throws IOException {
    String body = "{\"items\":[],\"%s\":%s}".formatted("k".repeat(900_000), "9".repeat(900_000));
    assertEquals(200, function.post("/", body).status());
  }

  private static void assertRefused(String body) throws IOException {
    var reply = function.post("/", body);
    assertEquals(400, reply.status(), body);
    assertTrue(reply.text().matches("[^\n]+\n"), reply.text());
  }

  private static String order(String items) {
    return "{\"items\":[" + items + "]}";
  }

  private static String nested(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  @Test
  void behindTheClassicWatchdogARefusalIsNoAnswer() throws IOException {
    var answered = new ByteArrayOutputStream();
    assertTrue(Once.answer(new Json(), new ByteArrayInputStream("{\"items\":[]}".getBytes()), answered));
    assertTrue(answered.toString().startsWith("{\"count\":0,"), answered.toString());
    var refused = new ByteArrayOutputStream();
    assertFalse(Once.answer(new Json(), new ByteArrayInputStream("nonsense".getBytes()), refused));
    assertFalse(Once.answer(new Json(), new ByteArrayInputStream(new byte[2 * 1024 * 1024 + 1]), refused));
    assertEquals("", refused.toString());
  }
}
