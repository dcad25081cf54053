package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.FuzzedFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** A recipe that can be read is the same when written and read again. */
class RecipeFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() {
    return Stream.concat(
            Stream.of("fashion-mnist", "deit-tiny-distilled", "regnety-160")
                .map(name -> Recipe.load(name, List.of()).toYaml()),
            Stream.of(
                "name: x\nmean: [0.5, 0.5, 0.5]\n",
                "? a\n: b\n---\n",
                "a: &b [*b]\n",
                "a: !!int \"1\"\n",
                "a: |\n  b\n\u00e4: {}\n",
                "a: " + "[".repeat(15_000),
                "? ".repeat(15_000),
                "k".repeat(15_000) + ": 1\n",
                "auto-augment: rand-m9-mstd" + "1".repeat(15_000) + "-inc1\n",
                "name: x\ncrop-ratio: 0.0001\n",
                "name: x\nmodel: custom-regnety\nwidth-slope: 4096\ndepth: 1000\n"))
        .map(text -> text.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  @Override
  protected boolean read(byte[] text) {
    String yaml = new String(text, StandardCharsets.UTF_8);
    try {
      FlatYaml.readValue("fuzz", yaml);
    } catch (RecipeException e) {
      assertThat(e).hasMessageStartingWith("fuzz");
    }
    try {
      Recipe recipe = Recipe.parse("fuzz", yaml);
      assertThat(Recipe.parse("written", recipe.toYaml())).isEqualTo(recipe);
      RecipeData.preprocessing(recipe);
      recipe.modelConfig(10).parameterCount();
      return true;
    } catch (RecipeException e) {
      assertThat(e).hasMessageStartingWith("fuzz");
      return false;
    }
  }
}
