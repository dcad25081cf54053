package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void readsEveryKindOfValueInOrder() throws JsonException {
    var value =
        Json.read(
            "t", " {\"z\": [1, -2.5, 1e3], \"a\": {\"é\\n\": true}, \"n\": null, \"f\": false} ");
    var map = (Map<?, ?>) value.value();
    assertThat(List.copyOf(map.keySet())).isEqualTo(List.of("z", "a", "n", "f"));
    assertThat(map.get("z")).isEqualTo(List.of(1L, -2.5, 1000.0));
    assertThat(map.get("a")).isEqualTo(Map.of("é\n", true));
    assertThat(map.get("n")).isNull();
    assertThat(map.get("f")).isEqualTo(false);
  }

  @Test
  void readsTheLargestIntegers() throws JsonException {
    var items = Json.read("t", "[9223372036854775807, -9223372036854775808]").items();
    assertThat(items.get(0).asLong()).isEqualTo(Long.MAX_VALUE);
    assertThat(items.get(1).asLong()).isEqualTo(Long.MIN_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "{a:1}",
        "[NaN]",
        "[Infinity]",
        "[01]",
        "[+1]",
        "[.5]",
        "// c\n1",
        "{} {}",
        "{} x",
        "[\"\t\"]",
        "{\"a\":1,\"a\":2}",
        "[{\"b\":{\"a\":1,\"\\u0061\":2}}]",
        "[9223372036854775808]",
        "[1e999]"
      })
  void refusesWhatIsNotStrictJson(String text) {
    assertThatThrownBy(() -> Json.read("some.json", text))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith("some.json: ");
  }

  @Test
  void refusesDeepNestingWithoutStackOverflow() {
    String text = "[".repeat(100_000) + "]".repeat(100_000);
    assertThatThrownBy(() -> Json.read("t", text)).isInstanceOf(JsonException.class);
  }

  @Test
  void refusesDocumentsOfTooManyValues() {
    String text = "[" + "0,".repeat(5_000_000) + "0]";
    assertThatThrownBy(() -> Json.read("t", text)).isInstanceOf(JsonException.class);
  }

  @Test
  void refusesOtherEncodings() {
    String text = "[\"é\"]";
    byte[] overlong = {'[', '"', (byte) 0xC0, (byte) 0x80, '"', ']'};
    byte[] surrogate = {'[', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ']'};
    for (byte[] bytes :
        List.of(text.getBytes(ISO_8859_1), text.getBytes(UTF_16), overlong, surrogate)) {
      assertThatThrownBy(() -> Json.read("t", bytes))
          .isInstanceOf(JsonException.class)
          .hasMessageContaining("UTF-8");
    }
  }

  @Test
  void readsFilesAndNamesThemInErrors(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("state.json"), "{\"é\": 3}".getBytes(UTF_8));
    assertThat(Json.read(file).get("é").asInt()).isEqualTo(3);
    assertThatThrownBy(() -> Json.read(file).get("step"))
        .isInstanceOf(JsonException.class)
        .hasMessage(file + ": expected the key \"step\", found only [é]");
  }

  @Test
  void errorsNameThePlaceOfTheValue() throws JsonException {
    var root =
        Json.read("s", "{\"a\": {\"list\": [1, \"ten\", 2.5, 4294967296, null]}, \"b\": true}");
    var list = root.get("a").get("list").items();
    assertThatThrownBy(() -> list.get(1).asLong())
        .hasMessage("s: a.list[1]: expected an integer, found \"ten\"");
    assertThatThrownBy(() -> list.get(2).asLong())
        .hasMessage("s: a.list[2]: expected an integer, found 2.5");
    assertThatThrownBy(() -> list.get(3).asInt())
        .hasMessage("s: a.list[3]: expected an integer of at most 32 bits, found 4294967296");
    assertThatThrownBy(() -> list.get(4).asDouble())
        .hasMessage("s: a.list[4]: expected a number, found null");
    assertThatThrownBy(() -> root.get("a").asString())
        .hasMessage("s: a: expected a string, found an object");
    assertThatThrownBy(() -> root.get("b").items())
        .hasMessage("s: b: expected an array, found true");
    assertThatThrownBy(() -> list.get(0).keys())
        .hasMessage("s: a.list[0]: expected an object, found 1");
    assertThatThrownBy(() -> list.get(0).asBoolean())
        .hasMessage("s: a.list[0]: expected true or false, found 1");
  }

  @Test
  void readsTypedValues() throws JsonException {
    var root = Json.read("s", "{\"s\": [\"x\", \"y\"], \"d\": [1, 2.5], \"i\": [3], \"n\": null}");
    assertThat(root.get("s").asStrings()).containsExactly("x", "y");
    assertThat(root.get("d").asDoubles()).containsExactly(1, 2.5);
    assertThat(root.get("i").asInts()).containsExactly(3);
    assertThat(root.has("n")).isFalse();
    assertThat(root.get("n").isNull()).isTrue();
    assertThat(root.has("i")).isTrue();
    assertThat(root.has("x")).isFalse();
    assertThat(root.keys()).containsExactlyElementsOf(Arrays.asList("s", "d", "i", "n"));
  }

  @Test
  void handsOutTheElementsOfArrays(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("list.json");
    Files.writeString(
        file, "{\"a\": {\"b\": [0]}, \"b\": [1, {\"c\": [2]}], \"c\": [3], \"d\": []}");
    List<Object> found = new ArrayList<>();
    Json.readArrays(file, Map.of("b", element -> found.add(element.value()), "d", found::add));
    assertThat(found).containsExactly(1L, Map.of("c", List.of(2L)));
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("b", element -> element.asLong())))
        .hasMessage(file + ": b[1]: expected an integer, found an object");
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("", found::add, "e", found::add)))
        .hasMessage(file + ": expected arrays [, e], found none");
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("a", found::add)))
        .hasMessage(file + ": a: expected an array");
    Files.writeString(file, "[5, [6]]");
    Json.readArrays(file, Map.of("", element -> found.add(element.value())));
    assertThat(found).endsWith(5L, List.of(6L));
  }

  @Test
  void boundsTheElementsOfArrays(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("list.json");
    String numbers = "[" + "1,".repeat(9_000) + "1]";
    Files.writeString(file, "[" + numbers + "," + numbers + "]");
    List<JsonValue> found = new ArrayList<>();
    Json.readArrays(file, Map.of("", found::add));
    assertThat(found).hasSize(2);
    Files.writeString(file, "[[" + numbers + "," + numbers + "]]");
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("", found::add)))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith(file + ": expected smaller elements, found a huge one at line 1");
    Files.writeString(file, "[".repeat(200) + "]".repeat(200));
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("", found::add)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("nesting depth");
    Files.write(file, new byte[] {'[', '"', (byte) 0xE4, '"', ']'});
    assertThatThrownBy(() -> Json.readArrays(file, Map.of("", found::add)))
        .hasMessage(file + ": expected UTF-8 text, found other bytes");
  }
}
