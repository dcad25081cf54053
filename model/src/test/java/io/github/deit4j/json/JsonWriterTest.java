package io.github.deit4j.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private static Map<String, Object> tree() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("name", "é \"quoted\" \u0001 😀");
    tree.put("sizes", List.of(1, 2L));
    tree.put("numbers", List.of(0.1, 0.1f, -0.0, 1e300, Double.MIN_VALUE));
    tree.put("flags", Arrays.asList(true, false, null));
    tree.put("nested", Map.of("k", List.of()));
    tree.put("empty", Map.of());
    return tree;
  }

  @Test
  void writesOneLine() {
    assertThat(JsonWriter.compact(tree()))
        .isEqualTo(
            "{\"name\":\"é \\\"quoted\\\" \\u0001 😀\",\"sizes\":[1,2],"
                + "\"numbers\":[0.1,0.1,-0.0,1.0E300,4.9E-324],\"flags\":[true,false,null],"
                + "\"nested\":{\"k\":[]},\"empty\":{}}");
  }

  @Test
  void writesIndented() {
    assertThat(JsonWriter.pretty(tree()))
        .isEqualTo(
            """
            {
              "name": "é \\"quoted\\" \\u0001 😀",
              "sizes": [ 1, 2 ],
              "numbers": [ 0.1, 0.1, -0.0, 1.0E300, 4.9E-324 ],
              "flags": [ true, false, null ],
              "nested": {
                "k": []
              },
              "empty": {}
            }
            """);
  }

  @Test
  void readingGivesTheTreeBack() throws JsonException {
    var tree = Map.of("a", List.of(1L, 2.5, "x", Map.of("b", true)), "c", 1.0 / 3);
    assertThat(Json.read("t", JsonWriter.compact(tree)).value()).isEqualTo(tree);
    assertThat(Json.read("t", JsonWriter.pretty(tree)).value()).isEqualTo(tree);
  }

  @Test
  void refusesWhatJsonCannotHold() {
    assertThatThrownBy(() -> JsonWriter.compact(List.of(Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> JsonWriter.pretty(List.of(Float.NEGATIVE_INFINITY)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-Infinity");
    assertThatThrownBy(() -> JsonWriter.compact(BigDecimal.ONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.math.BigDecimal");
    assertThatThrownBy(() -> JsonWriter.compact(List.of("half \uD83D")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonWriter.compact(Map.of("half \uDE00", 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
