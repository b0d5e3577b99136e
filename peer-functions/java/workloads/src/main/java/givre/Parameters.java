package givre;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** The parameters of a query string; of one that is given twice the first counts. */
final class Parameters {
  // Neither a sign nor the digits of other scripts, which Integer.parseInt would take; zeros in front may be many.
  private static final Pattern INTEGER = Pattern.compile("0*([0-9]{1,9})");

  private final Map<String, String> values = new HashMap<>();

  /**
   * @param rawQuery still percent-encoded; null where there is none
   */
  Parameters(String rawQuery) {
    if (rawQuery == null) return;
    for (String pair : rawQuery.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      // Broken percent-encoding has not got this far: it is no URI.
      values.putIfAbsent(decoded(name), decoded(value));
    }
  }

  int number(String name, int otherwise, int least, int most) throws Refusal {
    return number(name, least, most).orElse(otherwise);
  }

  OptionalInt number(String name, int least, int most) throws Refusal {
    String text = values.get(name);
    if (text == null) return OptionalInt.empty();
    var match = INTEGER.matcher(text);
    if (match.matches()) {
      int number = Integer.parseInt(match.group(1));
      if (least <= number && number <= most) return OptionalInt.of(number);
    }
    throw new Refusal(400, "The parameter %s has to be an integer from %d to %d.".formatted(name, least, most));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
