package givre;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The workload {@code json}: adds up an order. */
final class Json implements Workload {
  private static final int LIMIT = 2 * 1024 * 1024;
  private static final int DEEPEST = 64;

  private final JsonFactory factory =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  // Jackson's own limits are lower than that of the body.
                  .maxNameLength(LIMIT)
                  .maxNumberLength(LIMIT)
                  .build())
          .build();

  @Override
  public long limit() {
    return LIMIT;
  }

  @Override
  public Answer answer(Request request) throws IOException, Refusal {
    String text = text(request.body().readAllBytes());
    try (var parser = factory.createParser(text)) {
      return Answer.of(Answer.JSON, bytes(summary(Order.read(parser).items())));
    } catch (JsonProcessingException malformed) {
      String reason = malformed.getOriginalMessage().lines().findFirst().orElse("it is malformed");
      throw new Refusal(400, "The body is not JSON: " + reason + ".");
    }
  }

  /** Given bytes, Jackson would also take UTF-16 and UTF-32, and some of what is no UTF-8. */
  private static String text(byte[] body) throws Refusal {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException malformed) {
      throw new Refusal(400, "The body is not UTF-8.");
    }
  }

  /** Given a stream of bytes, Jackson would write half of a surrogate pair as what is no UTF-8. */
  private static byte[] bytes(String text) throws Refusal {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      return Arrays.copyOf(encoded.array(), encoded.limit());
    } catch (CharacterCodingException malformed) {
      throw new Refusal(400, "A text in the body has half of a surrogate pair.");
    }
  }

  private String summary(List<Order.Item> items) throws IOException {
    var output = new StringWriter();
    try (var json = factory.createGenerator(output)) {
      json.writeStartObject();
      json.writeNumberField("count", items.size());
      json.writeNumberField("quantity", items.stream().mapToLong(Order.Item::quantity).sum());
      json.writeNumberField("total_cents", items.stream().mapToLong(Order.Item::totalCents).sum());
      writeTags(json, items);
      writeTotals(json, items);
      json.writeEndObject();
    }
    return output.toString();
  }

  private static void writeTags(JsonGenerator json, List<Order.Item> items) throws IOException {
    Map<String, Integer> tags = new HashMap<>();
    for (var item : items) for (String tag : item.tags()) tags.merge(tag, 1, Integer::sum);
    json.writeObjectFieldStart("tags");
    for (var tag : tags.entrySet()) json.writeNumberField(tag.getKey(), tag.getValue());
    json.writeEndObject();
  }

  private static void writeTotals(JsonGenerator json, List<Order.Item> items) throws IOException {
    var falling = new ArrayList<>(items);
    // Stable: equal ones stay in the order of the request.
    falling.sort(Comparator.comparingLong(Order.Item::totalCents).reversed());
    json.writeArrayFieldStart("items");
    for (var item : falling) {
      json.writeStartObject();
      json.writeStringField("id", item.id());
      json.writeNumberField("total_cents", item.totalCents());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
