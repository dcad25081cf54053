package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.modelfile.PublishedWeights;
import io.github.deit4j.recipe.Recipe;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class FinetuningTest {
  @Test
  void aNameIsTheFileInTheCacheAndStaysANameInTheRecipe() {
    Recipe recipe = recipe("deit_tiny_patch16_224");
    PublishedWeights tiny = PublishedWeights.named("deit_tiny_patch16_224").orElseThrow();
    assertThat(Finetuning.file(recipe)).contains(tiny.path(System.getenv()));
    assertThat(Finetuning.path(recipe)).contains(Path.of("deit_tiny_patch16_224"));
    assertThat(recipe.toYaml()).contains("finetune: deit_tiny_patch16_224");
  }

  @Test
  void anyOtherPathIsItself() {
    assertThat(Finetuning.file(recipe("no/such.pth"))).contains(Path.of("no/such.pth"));
    assertThat(Finetuning.file(Recipe.load("own-images", List.of()))).isEmpty();
  }

  private static Recipe recipe(String weights) {
    return Recipe.load("own-images", List.of("finetune=" + weights));
  }
}
