package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.FuzzedFormat;
import java.util.List;
import java.util.stream.Stream;

/** What is read, and holds no half of a surrogate pair, can be written and read again. */
class JsonFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() {
    return Stream.of(
            "{\"a\":[1,-2,0.5,1e-7,9007199254740993],\"b\":{\"c\":null,\"d\":[true,false]}}",
            "[\"\\u00e4\\n\\\"\\\\\",\"\u00e4\uD83D\uDE00\",\"\"]",
            "[[[[[[{}]]]]]]",
            "{\"a\":1,\"a\":2}",
            "\"\\ud800\"",
            "-0",
            "1e999",
            "[".repeat(10_000),
            "{\"a\":".repeat(5000),
            "1".repeat(10_000),
            "[" + "1,".repeat(10_000) + "1]")
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  @Override
  protected boolean read(byte[] document) throws JsonException {
    Object tree;
    try {
      tree = Json.read("fuzz", document).value();
    } catch (JsonException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
      return false;
    }
    if (UTF_8.newEncoder().canEncode(String.valueOf(tree))) {
      assertThat(Json.read("compact", JsonWriter.compact(tree)).value()).isEqualTo(tree);
      assertThat(Json.read("pretty", JsonWriter.pretty(tree)).value()).isEqualTo(tree);
    }
    return true;
  }
}
