package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class JsonFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
            "{\"a\":[1,-2,0.5,1e-7,9007199254740993],\"b\":{\"c\":null,\"d\":[true,false]}}",
            "[\"\\u00e4\\n\\\"\\\\\",\"\u00e4\uD83D\uDE00\",\"\"]",
            "[[[[[[{}]]]]]]",
            "{\"a\":1,\"a\":2}",
            "\"\\ud800\"",
            "-0",
            "1e999")
        .map(text -> text.getBytes(UTF_8));
  }

  /** What is read, and holds no half of a surrogate pair, can be written and read again. */
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void readsOrRefuses(byte[] document) throws JsonException {
    Object tree;
    try {
      tree = Json.read("fuzz", document).value();
    } catch (JsonException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
      return;
    }
    if (UTF_8.newEncoder().canEncode(String.valueOf(tree))) {
      assertThat(Json.read("compact", JsonWriter.compact(tree)).value()).isEqualTo(tree);
      assertThat(Json.read("pretty", JsonWriter.pretty(tree)).value()).isEqualTo(tree);
    }
  }
}
