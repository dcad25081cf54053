package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Image;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassWeightsTest {
  /** 6, 3, 0 and 1 images of four classes. */
  private static final Dataset IMAGES = new Labelled(List.of(0, 0, 1, 0, 3, 0, 1, 0, 1, 0));

  private static Recipe recipe(String... sets) {
    return Recipe.load("own-images", List.of(sets));
  }

  private static ClassWeights weights(String value) {
    return recipe("class-weights=" + value).get(LossSettings.CLASS_WEIGHTS);
  }

  @Test
  void byDefaultAllClassesCountAsMuch() {
    for (String name : Recipe.BUILT_IN) {
      ClassWeights weights = Recipe.load(name, List.of()).get(LossSettings.CLASS_WEIGHTS);
      assertThat(weights.of(IMAGES)).as(name).isEmpty();
    }
    assertThat(weights("none").toCsv(IMAGES)).isEmpty();
    assertThat(weights("none").note(IMAGES)).isEmpty();
  }

  @Test
  void balancedWeightsAreOnePerClassShare() {
    float[] weights = weights("balanced").of(IMAGES).orElseThrow();
    assertThat(weights)
        .containsExactly((float) (10.0 / 18), (float) (10.0 / 9), 1, (float) (10.0 / 3));
    double sum = 0;
    for (int i = 0; i < IMAGES.size(); i++) {
      sum += weights[IMAGES.label(i)];
    }
    assertThat(sum / IMAGES.size()).as("the mean over the images").isCloseTo(1, within(1e-6));
    assertThat(weights("balanced").toCsv(IMAGES).orElseThrow())
        .isEqualTo(
            """
            label,images,weight
            a,6,0.5555556
            "b, c",3,1.1111112
            d,0,1.0
            e,1,3.3333333
            """);
    assertThat(weights("balanced").note(IMAGES))
        .contains("class weights of the loss: from 0.556 (a) to 3.33 (e)");
  }

  @Test
  void aListIsInTheOrderOfTheClasses() {
    assertThat(weights("[2, 0, 0.25, 1e3]").of(IMAGES).orElseThrow())
        .containsExactly(2, 0, 0.25f, 1000);
    assertThatThrownBy(() -> weights("[1, 2, 3]").of(IMAGES))
        .isInstanceOf(RecipeException.class)
        .hasMessage(
            "class-weights: expected 4 numbers, one for each class (a, b, c, d, e), found 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "balanced", "[2, 0, 0.25, 1000]"})
  void survivesWriting(String value) {
    Recipe recipe = recipe("class-weights=" + value);
    assertThat(recipe.toYaml()).contains("\nclass-weights: " + value + "\n");
    assertThat(Recipe.parse("again", recipe.toYaml())).isEqualTo(recipe);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          class-weights=weights.csv | class-weights: expected none, balanced, or a list of one
          class-weights=[]          | found []
          class-weights=[0, 0]      | one of them above 0, found [0, 0]
          class-weights=[-1, 2]     | each at least 0
          class-weights=[a]         | found [a]
          class-weights=2           | found 2
          class-weight=none         | the nearest is "class-weights"
          """)
  void refusesOthers(String set, String message) {
    assertThatThrownBy(() -> recipe(set))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(message);
  }

  @Test
  void classesAreMadeAlikeOnce() {
    assertThatThrownBy(
            () -> Recipe.load("cifar10", List.of("sampling=balanced", "class-weights=balanced")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected none or a list with sampling: balanced");
    Recipe.load("cifar10", List.of("sampling=balanced", "class-weights=[1, 2]"));
  }

  /** Labels without images. */
  private record Labelled(List<Integer> labels) implements Dataset {
    @Override
    public int size() {
      return labels.size();
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public List<String> classNames() {
      return List.of("a", "b, c", "d", "e");
    }

    @Override
    public int label(int index) {
      return labels.get(index);
    }

    @Override
    public Image image(int index, Reduction reduction) {
      throw new UnsupportedOperationException("weights are by labels alone");
    }
  }
}
