package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFitTest {
  private static Recipe own(String... sets) {
    return Recipe.load("own-images", List.of(sets));
  }

  private static ModelInfo info(ModelConfig config) {
    return new ModelInfo(
        config,
        ClassNames.unnamed(config.classes()),
        new Preprocessing(
            config.imageSize(),
            config.channels(),
            new Normalize(List.of(0.5f, 0.25f, 0.1f), List.of(0.5f, 0.5f, 0.5f)),
            0.9,
            Interpolation.BILINEAR,
            Rounding.UP));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 100, 1.3e-4",
    "5, 4, 100, 2.5e-4",
    "72, 8, 100, 3.5e-4",
    "300, 32, 100, 7.1e-4",
    "5000, 64, 40, 1e-3",
    "1000000, 64, 10, 1e-3"
  })
  void choosesByTheNumberOfImages(int images, int batch, int epochs, double rate) {
    Recipe fitted = own().fitted(images, null);
    assertThat(fitted.get(Settings.BATCH)).isEqualTo(batch).isLessThanOrEqualTo(images);
    assertThat(fitted.get(Settings.EPOCHS)).isEqualTo(epochs);
    assertThat(fitted.get(Settings.LR)).isEqualTo(rate);
    assertThat(fitted.get(Settings.LR_SCALING)).isEqualTo(Settings.RateScaling.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 90, 4000})
  void theResolvedRecipeHasTheNumbersAndIsFittedAlready(int images) {
    Recipe fitted = own().fitted(images, null);
    Recipe read = Recipe.parse("recipe.yaml", fitted.toYaml());
    assertThat(read).isEqualTo(fitted);
    assertThat(read.fitted(10 * images, null)).isEqualTo(fitted);
  }

  @Test
  void whatIsGivenStays() {
    Recipe fitted =
        own("batch=6", "epochs=3", "lr=2e-5", "warmup-epochs=0", "width=96", "mixup=0", "cutmix=0")
            .fitted(90, null);
    assertThat(fitted.diff(own()))
        .extracting(Recipe.Difference::key)
        .contains("batch", "epochs", "lr", "width")
        .doesNotContain("mixup", "cutmix");
    assertThat(fitted.get(Settings.BATCH)).isEqualTo(6);
    assertThat(fitted.get(Settings.LR)).isEqualTo(2e-5);
    assertThat(fitted.get(Settings.WARMUP_EPOCHS)).isZero();
    Recipe odd = own("batch=7", "epochs=1").fitted(90, null);
    assertThat(odd.get(ImageSettings.MIXUP)).as("needs pairs").isZero();
    Recipe other = Recipe.load("deit-tiny", List.of());
    assertThat(other.fitted(10, null)).isSameAs(other);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deit_tiny_patch16_224",
        "deit_tiny_distilled_patch16_224",
        "deit3_small_patch16_224",
        "regnety_002"
      })
  void theModelIsThatOfTheWeights(String model) {
    ModelConfig config = ModelFamilies.config(model);
    Recipe fitted =
        own("finetune=weights.safetensors", "exif-orientation=false").fitted(90, info(config));
    assertThat(fitted.get(Settings.MODEL)).isEqualTo(model);
    assertThat(fitted.modelConfig(1000)).isEqualTo(config);
    assertThat(fitted.get(Settings.EPOCHS)).isEqualTo(30);
    assertThat(fitted.get(ImageSettings.MIXUP)).isZero();
    assertThat(RecipeData.preprocessing(fitted)).isEqualTo(info(config).preprocessing());
  }

  @Test
  void sizesThatNoNamedModelHasAreGivenOneByOne() {
    ModelConfig config = own("width=32", "heads=2", "image-size=32").modelConfig(7);
    Recipe fitted = own("finetune=w").fitted(90, info(config));
    assertThat(fitted.get(Settings.MODEL)).isEqualTo("custom");
    assertThat(fitted.modelConfig(7)).isEqualTo(config);
    ModelConfig tiny = ModelFamilies.config("deit_tiny_patch16_224");
    Recipe larger = own("finetune=w", "image-size=384").fitted(90, info(tiny));
    assertThat(larger.modelConfig(1000)).isEqualTo(tiny.withImageSize(384));
    ModelConfig small = own("model=regnety_002", "image-size=64", "stem-stride=1").modelConfig(3);
    assertThat(own("finetune=w").fitted(9, info(small)).modelConfig(3)).isEqualTo(small);
  }

  @Test
  void whatSomebodyCallsTheModelStays() {
    ModelConfig tiny = ModelFamilies.config("deit_tiny_patch16_224");
    Recipe fitted = own("finetune=w", "model=deit_small_patch16_224").fitted(90, info(tiny));
    assertThat(fitted.get(Settings.MODEL)).isEqualTo("deit_small_patch16_224");
  }

  @ParameterizedTest
  @CsvSource({"90, deit-tiny", "1, deit-tiny", "300, finetune-flowers", "20, fashion-mnist"})
  void theAdviceForFewImagesWorks(int images, String name) {
    Recipe recipe = Recipe.load(name, List.of("distillation=none"));
    String[] advice = RecipeData.smallerBatch(recipe, images).split(" ?--set ");
    List<String> sets = List.of(advice).subList(1, advice.length);
    if (images == 1) {
      sets = new ArrayList<>(sets);
      sets.addAll(List.of("mixup=0", "cutmix=0"));
    }
    assertThat(Recipe.load(name, sets).effectiveBatch()).isLessThanOrEqualTo(images);
  }

  @Test
  void aliasesAreOfSettingsThereAre() {
    assertThat(Settings.all().keySet()).containsAll(NearestWord.ALIASES.values());
  }

  @Test
  void suggestsWhatIsNearAndNothingElse() {
    assertThat(NearestWord.to("batch_size", Settings.all().keySet())).contains("batch");
    assertThat(NearestWord.to("warmup_epochs", Settings.all().keySet())).contains("warmup-epochs");
    assertThat(NearestWord.to("epoch", Settings.all().keySet())).contains("epochs");
    assertThat(NearestWord.to("frieze", List.of("seed", "flip"))).isEmpty();
    assertThatThrownBy(() -> own("serve=1"))
        .hasMessageContaining("serve: no setting has this name; none is near; there are name,")
        .hasMessageContaining("warmup-epochs, ");
  }

  @Test
  void namesAllMissingKeysAtOnce() {
    assertThatThrownBy(() -> Recipe.parse("r.yaml", "lr: 1\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContainingAll("r.yaml: data: expected", "\n  model: expected one of")
        .hasMessageContaining(
            "custom: image-size, patch-size, channels, width, depth, heads, mlp-ratio, distilled");
    assertThatThrownBy(() -> Recipe.parse("r.yaml", "model: custom\nwidth: 8\n"))
        .hasMessageContainingAll("data", "image-size", "patch-size", "channels", "depth", "heads")
        .hasMessageContainingAll("mlp-ratio", "distilled")
        .hasMessageNotContaining("width: expected");
  }
}
