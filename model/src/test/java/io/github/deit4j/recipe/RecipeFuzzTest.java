package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.concat(
            Stream.of("fashion-mnist", "deit-tiny-distilled")
                .map(name -> Recipe.load(name, List.of()).toYaml()),
            Stream.of(
                "name: x\nmean: [0.5, 0.5, 0.5]\n",
                "? a\n: b\n---\n",
                "a: &b [*b]\n",
                "a: !!int \"1\"\n",
                "a: |\n  b\n\u00e4: {}\n"))
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  /** A recipe that can be read is the same when written and read again. */
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void readsOrRefuses(byte[] text) {
    String yaml = new String(text, StandardCharsets.UTF_8);
    try {
      FlatYaml.readValue("fuzz", yaml);
    } catch (RecipeException e) {
      assertThat(e).hasMessageStartingWith("fuzz");
    }
    try {
      Recipe recipe = Recipe.parse("fuzz", yaml);
      assertThat(Recipe.parse("written", recipe.toYaml())).isEqualTo(recipe);
    } catch (RecipeException e) {
      assertThat(e).hasMessageStartingWith("fuzz");
    }
  }
}
