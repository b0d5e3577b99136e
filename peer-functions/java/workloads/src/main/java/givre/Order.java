package givre;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What the workload {@code json} is sent. */
record Order(List<Item> items) {
  private static final int MOST_QUANTITY = 10_000;
  private static final int MOST_PRICE_CENTS = 10_000_000;

  record Item(String id, int quantity, int priceCents, List<String> tags) {
    long totalCents() {
      return (long) quantity * priceCents;
    }
  }

  /** Reads a whole document; what is no JSON at all is the parser's own exception. */
  static Order read(JsonParser parser) throws IOException, Refusal {
    require(parser.nextToken() == JsonToken.START_OBJECT, "The body has to be an object.");
    List<Item> items = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean known = parser.currentName().equals("items");
      parser.nextToken();
      if (known) items = items(parser);
      else parser.skipChildren();
    }
    require(parser.nextToken() == null, "The body has to end after the object.");
    require(items != null, "The body has to have a list called items.");
    return new Order(items);
  }

  private static List<Item> items(JsonParser parser) throws IOException, Refusal {
    require(parser.currentToken() == JsonToken.START_ARRAY, "The items have to be a list.");
    List<Item> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) items.add(item(parser));
    return items;
  }

  private static Item item(JsonParser parser) throws IOException, Refusal {
    require(parser.currentToken() == JsonToken.START_OBJECT, "Each item has to be an object.");
    String id = null;
    int quantity = -1;
    int priceCents = -1;
    List<String> tags = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "id" -> id = text(parser, "Each id has to be a text.");
        case "quantity" -> quantity = number(parser, key, MOST_QUANTITY);
        case "price_cents" -> priceCents = number(parser, key, MOST_PRICE_CENTS);
        case "tags" -> tags = tags(parser);
        default -> parser.skipChildren();
      }
    }
    boolean whole = id != null && quantity >= 0 && priceCents >= 0 && tags != null;
    require(whole, "Each item has to have id, quantity, price_cents and tags.");
    return new Item(id, quantity, priceCents, tags);
  }

  private static List<String> tags(JsonParser parser) throws IOException, Refusal {
    String sentence = "The tags of each item have to be a list of texts.";
    require(parser.currentToken() == JsonToken.START_ARRAY, sentence);
    List<String> tags = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) tags.add(text(parser, sentence));
    return tags;
  }

  private static String text(JsonParser parser, String sentence) throws IOException, Refusal {
    require(parser.currentToken() == JsonToken.VALUE_STRING, sentence);
    return parser.getText();
  }

  private static int number(JsonParser parser, String key, int most) throws IOException, Refusal {
    // A fraction is a token of its own, even 1.0.
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      boolean fits = parser.getNumberType() == JsonParser.NumberType.INT;
      if (fits && 0 <= parser.getIntValue() && parser.getIntValue() <= most) return parser.getIntValue();
    }
    throw new Refusal(400, "Each %s has to be an integer from 0 to %d.".formatted(key, most));
  }

  private static void require(boolean condition, String sentence) throws Refusal {
    if (!condition) throw new Refusal(400, sentence);
  }
}
