package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.ImageView;
import io.github.deit4j.random.Purpose;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeDataTest {
  /** Whether training only moves bytes of images that have the size to which it would resize. */
  private static boolean onlyMovesBytes(Recipe recipe) {
    int side = RecipeData.preprocessing(recipe).resizedSide();
    ImageView whole = ImageView.whole(recipe.get(Settings.CHANNELS), side, side + side / 3);
    return RecipeData.training(recipe).view(whole, Purpose.TRANSFORM.stream(0, 0, 0)).isPresent();
  }

  /** Of which bench/gpu.md tells. */
  @Test
  void someRecipesOnlyMoveBytes() {
    assertThat(Recipe.BUILT_IN)
        .filteredOn(name -> onlyMovesBytes(Recipe.load(name, List.of())))
        .containsExactlyInAnyOrder(
            "fashion-mnist",
            "fashion-mnist-teacher",
            "fashion-mnist-convnet",
            "fashion-mnist-study-convnet",
            "cifar10-study",
            "cifar10-study-convnet");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deit-small  | train-crop=random auto-augment=none | true",
        "deit-small  | train-crop=center auto-augment=none erase=0 mixup=0 | true",
        "deit-small  | train-crop=random crop-ratio=1 crop-padding=4 auto-augment=none | true",
        "deit3-small | train-crop=random crop-padding=4 auto-augment=none color-jitter=0 | true",
        "deit-small  | auto-augment=none | false",
        "deit-small  | train-crop=random | false",
        "deit3-small | train-crop=random auto-augment=none color-jitter=0.3 | false"
      })
  void settingsDecideWhetherOthersDo(String name, String settings, boolean expected) {
    Recipe recipe = Recipe.load(name, List.of(settings.split(" ")));
    assertThat(onlyMovesBytes(recipe)).isEqualTo(expected);
  }
}
