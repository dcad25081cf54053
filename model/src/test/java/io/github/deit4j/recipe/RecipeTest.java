package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.vit.DeiT3Family;
import io.github.deit4j.vit.ViTConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
  static final List<String> BUILT_IN = Recipe.BUILT_IN;

  private static final String SMALL = "data: cifar10\nmodel: deit_tiny_patch16_224\n";

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("BUILT_IN")
  void builtInRecipesLoadAndSurviveWriting(String name) {
    Recipe recipe = Recipe.load(name, List.of());
    assertThat(recipe.get(Settings.NAME)).isEqualTo(name);
    assertThat(recipe.modelConfig(10).classes()).isEqualTo(10);
    String yaml = recipe.toYaml();
    Recipe again = Recipe.parse("recipe.yaml", yaml);
    assertThat(again).isEqualTo(recipe).hasSameHashCodeAs(recipe);
    assertThat(again.toYaml()).isEqualTo(yaml);
  }

  @Test
  void allResourcesAreListed() throws Exception {
    var resource = Recipe.class.getResource("recipes/fashion-mnist.yaml").toURI();
    try (var files = Files.list(Path.of(resource).getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              Recipe.BUILT_IN.stream().map(name -> name + ".yaml").toList());
    }
  }

  @ParameterizedTest
  @FieldSource("BUILT_IN")
  void recipesOfTheReferenceCutTheMiddleAsItDoes(String name) {
    boolean ours =
        name.startsWith("fashion-mnist")
            || name.contains("-study")
            || List.of("own-images", "cifar10", "cifar100").contains(name);
    assertThat(RecipeData.preprocessing(Recipe.load(name, List.of())).rounding())
        .isEqualTo(ours ? Rounding.EVEN : Rounding.UP);
  }

  @Test
  void writesEveryKeyOnceInTheTablesOrderWithItsMeaning() {
    String yaml = Recipe.load("fashion-mnist", List.of()).toYaml();
    assertThat(yaml.lines().filter(line -> !line.startsWith("#")).map(line -> line.split(":")[0]))
        .containsExactlyElementsOf(Settings.all().keySet());
    assertThat(yaml)
        .contains(
            "# Label smoothing. (a number at least 0 and below 1; default: 0.1)\nsmoothing: 0.1\n")
        .contains("\nwarmup-lr: 1e-6\n")
        .contains("\nmean: [0.286]\n");
  }

  @Test
  void theNamedModelGivesTheSizes() {
    var config = (ViTConfig) Recipe.parse("r", SMALL).modelConfig(10);
    assertThat(config.width()).isEqualTo(192);
    assertThat(config.mlpWidth()).isEqualTo(768);
    assertThat(config.distilled()).isFalse();
    assertThatThrownBy(() -> Recipe.parse("r", SMALL + "width: 64\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r: width: expected 192, which deit_tiny_patch16_224 has")
        .hasMessageContaining("found 64");
  }

  @Test
  void everyFamilyIsKnownByItsNames() {
    String deit3 = "data: cifar10\nmodel: deit3_small_patch16_224\n";
    assertThat(Recipe.parse("r", deit3).modelConfig(10))
        .isEqualTo(DeiT3Family.INSTANCE.config("deit3_small_patch16_224").withClasses(10));
    assertThatThrownBy(() -> Recipe.parse("r", deit3 + "distilled: true\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r: distilled: expected no such key with model: deit3_small");
    assertThatThrownBy(() -> Recipe.parse("r", deit3 + "heads: 12\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("heads: expected 6", "set model: custom-deit3");
    for (String model : ModelFamilies.models()) {
      Recipe recipe = Recipe.parse("r", "data: cifar10\nmodel: " + model + "\n");
      assertThat(recipe.modelConfig(1000)).isEqualTo(ModelFamilies.config(model));
    }
  }

  @Test
  void aRegNetHasNumbersOfItsOwn() {
    Recipe small =
        Recipe.parse("r", "data: cifar10\nmodel: regnety_002\nimage-size: 32\nstem-stride: 1\n");
    assertThat(small.modelConfig(10).toJson())
        .containsEntry("widths", List.of(24, 56, 152, 368))
        .containsEntry("stem-stride", 1);
    assertThat(Recipe.parse("r", small.toYaml())).isEqualTo(small);
    String custom = "data: cifar10\nmodel: custom-regnety\nimage-size: 32\nchannels: 3\ndepth: 5\n";
    assertThatThrownBy(() -> Recipe.parse("r", custom))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r: initial-width: expected an integer");
    String numbers = custom + "initial-width: 16\nwidth-slope: 10\nwidth-multiplier: 2\n";
    assertThat(Recipe.parse("r", numbers + "group-width: 8\n").modelConfig(10).toJson())
        .containsEntry("depths", List.of(1, 2, 2));
    assertThatThrownBy(() -> Recipe.parse("r", SMALL + "stem-stride: 1\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r: stem-stride: expected no such key with model: deit_tiny");
    assertThatThrownBy(
            () -> Recipe.parse("r", "data: cifar10\nmodel: regnety_002\ndistilled: true\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r: distilled: expected no such key with model: regnety_002");
  }

  @Test
  void theDataSetGivesTheNormalization() {
    assertThat(Recipe.parse("r", SMALL).get(ImageSettings.MEAN))
        .containsExactly(0.4914, 0.4822, 0.4465);
    Recipe rgbFashion = Recipe.load("fashion-mnist", List.of("channels=3"));
    assertThat(rgbFashion.get(ImageSettings.STD)).containsExactly(0.353, 0.353, 0.353);
    Recipe own = Recipe.load("cifar10", List.of("mean=[0.5, 0.5, 0]", "std=[1, 0.25, 1e-3]"));
    assertThat(own.get(ImageSettings.MEAN)).containsExactly(0.5, 0.5, 0.0);
    assertThat(own.get(ImageSettings.STD)).containsExactly(1.0, 0.25, 0.001);
  }

  @Test
  void setsChangeAFileAndLeaveTheRest() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.yaml"), SMALL + "epochs: 7\nlr: 0.01\n");
    Recipe recipe = Recipe.load(file.toString(), List.of("lr=2e-3", "name=it's mine"));
    assertThat(recipe.get(Settings.EPOCHS)).isEqualTo(7);
    assertThat(recipe.get(Settings.LR)).isEqualTo(0.002);
    assertThat(recipe.get(Settings.NAME)).isEqualTo("it's mine");
    assertThat(Recipe.parse("r", recipe.toYaml())).isEqualTo(recipe);
  }

  @Test
  void withChangesOneSettingAndChecksIt() {
    Recipe recipe = Recipe.load("fashion-mnist", List.of());
    Recipe plain = recipe.with(Settings.DISTILLATION, DistillationType.NONE);
    assertThat(recipe.diff(plain))
        .containsExactly(new Recipe.Difference("distillation", "hard", "none"));
    assertThat(plain.diff(plain)).isEmpty();
    assertThatThrownBy(() -> recipe.with(LossSettings.SMOOTHING, 1.0))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("smoothing: expected a number at least 0 and below 1, found 1");
  }

  @Test
  void groupsOfMixingDivideTheEffectiveBatchEvenly() {
    for (String group : List.of("96", "1", "2048")) {
      assertThatThrownBy(() -> Recipe.load("deit-tiny", List.of("mixup-group=" + group)))
          .hasMessageContaining(
              "mixup-group: expected 0 or an even number that divides batch x accumulate, 1024,"
                  + " found "
                  + group);
    }
    assertThat(Recipe.load("deit-tiny", List.of()).get(ImageSettings.MIXUP_GROUP)).isEqualTo(256);
    assertThat(Recipe.load("deit-base", List.of()).get(ImageSettings.MIXUP_GROUP)).isEqualTo(64);
    Recipe.load("deit-tiny", List.of("mixup-group=96", "mixup=0", "cutmix=0"));
  }

  /** So the bits of quickstart and study are those of one sum. */
  @ParameterizedTest
  @FieldSource("BUILT_IN")
  void fashionMnistIsOneGrainAndOthersAreSixteenOrFewer(String name) {
    Recipe recipe = Recipe.load(name, List.of());
    int grain = recipe.get(Settings.GRAIN);
    if (name.startsWith("fashion-mnist")) {
      assertThat(grain).isEqualTo(64).isEqualTo((int) recipe.effectiveBatch());
    } else {
      assertThat(Math.ceilDiv(recipe.effectiveBatch(), (long) grain)).isBetween(1L, 16L);
      assertThat(
              Math.max(grain, recipe.get(Settings.BATCH))
                  % Math.min(grain, recipe.get(Settings.BATCH)))
          .as("all micro-batches have one size")
          .isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"64, 16, 64", "8, 128, 64", "100, 5, 32", "32, 24, 64", "513, 1, 64", "1, 1, 32"})
  void theGrainComesFromTheEffectiveBatchAlone(int batch, int accumulate, int grain) {
    Recipe recipe =
        Recipe.parse("r", SMALL + "batch: %d\naccumulate: %d\n".formatted(batch, accumulate));
    assertThat(recipe.get(Settings.GRAIN)).isEqualTo(grain);
  }

  @Test
  void withBatchNormTheGrainIsTheMicroBatch() {
    String model = "data: cifar10\nmodel: regnety_160\nbatch: 32\naccumulate: 4\n";
    assertThat(Recipe.parse("r", model).get(Settings.GRAIN)).isEqualTo(32);
    assertThatThrownBy(() -> Recipe.parse("r", model + "grain: 64\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("grain: expected batch, 32, in a model with batch norm, found 64");
  }

  /** Such a run goes on where its batches are one grain still. */
  @Test
  void aRunFromBeforeThereWereGrainsAddedUpItsWholeBatch() {
    Recipe now = Recipe.load("fashion-mnist", List.of());
    assertThat(Recipe.ofRun("r", now.toYaml())).isEqualTo(now);
    String before = now.toYaml().replaceAll("(?m)^grain: .*\n", "");
    assertThat(Recipe.ofRun("r", before).diff(now)).isEmpty();
    Recipe large = Recipe.parse("r", SMALL + "accumulate: 16\n");
    String largeBefore = large.toYaml().replaceAll("(?m)^grain: .*\n", "");
    assertThat(Recipe.ofRun("r", largeBefore).diff(large).toString())
        .isEqualTo("[grain: 1024 -> 64]");
  }

  @Test
  void cutMixBySidesAloneMixes() {
    assertThatThrownBy(() -> Recipe.load("fashion-mnist", List.of("batch=5", "cutmix-max=0.5")))
        .hasMessageContaining("batch: expected an even number");
    Recipe recipe = Recipe.load("fashion-mnist", List.of("cutmix-max=0.5"));
    assertThat(RecipeData.toMirrorAtMost(recipe)).contains("cutmix-max=0");
  }

  /** Whoever follows the advice has what was asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"deit-tiny", "deit3-small", "cifar10", "own-images"})
  void settingsThatAreToldMakeImagesTheSameEveryTime(String name) {
    Recipe recipe = Recipe.load(name, List.of());
    List<String> changes = RecipeData.toMirrorAtMost(recipe);
    assertThat(changes).isNotEmpty();
    assertThat(RecipeData.toMirrorAtMost(Recipe.load(name, changes))).isEmpty();
  }

  @Test
  void colorJitterGoesWithThreeAugment() {
    Recipe recipe = Recipe.load("deit3-small", List.of());
    assertThat(recipe.get(ImageSettings.COLOR_JITTER)).isEqualTo(0.3);
    assertThat(RecipeData.training(recipe).toString()).contains("ThreeAugment", "ColorJitter");
    assertThat(Recipe.load("fashion-mnist", List.of("optimizer=lamb")).get(Settings.CLIP))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          epochs=1.5          | epochs: expected an integer from 1 to 1000000, found 1.5
          epochs=0            | epochs: expected an integer from 1 to 1000000, found 0
          epochs="4"          | found "4"
          epochs=             | epochs: expected an integer from 1 to 1000000, found nothing
          epochs=~            | found ~
          epochs=[4]          | found [4]
          epochs=010          | found 010
          epochs=99999999999  | found 99999999999
          seed=9223372036854775808 | seed: expected an integer of at most 64 bits
          lr=-0.1             | lr: expected a number above 0, found -0.1
          lr=0                | lr: expected a number above 0, found 0
          lr=.nan             | found .nan
          lr=.inf             | found .inf
          lr=1e999            | found 1e999
          lr=fast             | lr: expected a number above 0, found fast
          smoothing=1         | smoothing: expected a number at least 0 and below 1, found 1
          distilled=yes       | distilled: expected true or false, found yes
          optimizer=adam      | optimizer: expected one of adamw, sgd, momentum, lamb, found adam
          data=imagenet       | data: expected one of fashion-mnist, cifar10, cifar100, inaturalist, own-images, image-list, image-folder
          model=deit_huge     | model: expected one of deit_tiny_patch16_224
          mean=0.5            | mean: expected a list of one number per channel, each at least 0
          mean=[0.5, 0.5]     | mean: expected one number for each of 1 channels, found [0.5, 0.5]
          mean=[]             | mean: expected a list of one number per channel
          mean=[a]            | found [a]
          std=[0]             | std: expected a list of one number per channel, each above 0
          std=[[1]]           | a list of single values, found a list
          patch-size=5        | patch-size: expected a divisor of image-size 28, found 5
          heads=5             | heads: expected a divisor of width 96, found 5
          mlp-ratio=0.99      | mlp-ratio: expected a whole number when multiplied by width 96
          channels=2          | channels: expected 1 or 3, found 2
          schedule-lag=true   | schedule-lag: expected false with schedule: step, found true
          bce-loss=true       | smoothing: expected 0 with bce-loss: true
          learning-rate=1     | learning-rate: no setting has this name
          epoch=3             | epoch: no setting has this name; the nearest is "epochs"
          warmup_epochs=3     | the nearest is "warmup-epochs"
          patience=3          | the nearest is "early-stop"
          class_weight=none   | the nearest is "class-weights"
          freeze_backbone=1   | the nearest is "freeze"
          llrd=0.7            | the nearest is "layer-decay"
          validation-split=0  | the nearest is "val-split"
          lr                  | --set: expected key=value, found "lr"
          =3                  | --set: expected key=value, found "=3"
          lr={a: 1}           | found a mapping
          lr=!!float 1        | without YAML tag or anchor
          lr=&a 1             | without YAML tag or anchor
          lr=*a               | found an alias
          name="a\\tb"         | name: expected a text of 1 to 100 printable characters
          """)
  void refusesBadSets(String set, String message) {
    assertThatThrownBy(() -> Recipe.load("fashion-mnist", List.of(set)))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesASettingGivenTwice() {
    assertThatThrownBy(() -> Recipe.load("fashion-mnist", List.of("lr=1e-3", "lr=1e-3")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("lr: expected each key once, found it twice");
    assertThatThrownBy(() -> Recipe.parse("r.yaml", SMALL + "lr: 1\nlr: 1\n"))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("r.yaml, line 4: lr: expected each key once")
        .hasMessageContaining("r.yaml, line 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "words",
        "- a\n- b\n",
        "lr:\n  nested: 1\n",
        "? [lr]\n: 1\n",
        "lr: 1\n---\nlr: 1\n",
        "lr: [1\n",
        "lr: 1\n\tname: x\n",
        "lr: \"a",
        "%YAML 9.9\n---\nlr: 1\n",
        "lr: @\n",
        "name: \u0007\n",
        "<<: {lr: 1}\n"
      })
  void refusesWhatIsNoFlatYaml(String yaml) {
    assertThatThrownBy(() -> Recipe.parse("r", yaml))
        .isInstanceOf(RecipeException.class)
        .hasMessageStartingWith("r");
  }

  @Test
  void hostileYamlCannotExhaustStackOrMemory() {
    String deep = "lr: " + "[".repeat(1_000_000);
    assertThatThrownBy(() -> Recipe.parse("r", deep)).isInstanceOf(RecipeException.class);
    String flow = "{".repeat(1_000_000);
    assertThatThrownBy(() -> Recipe.parse("r", flow)).isInstanceOf(RecipeException.class);
  }

  @Test
  void namesTheLineAndTheMissingKey() {
    assertThatThrownBy(() -> Recipe.parse("r.yaml", SMALL + "\nepochs: many\n"))
        .hasMessage("r.yaml, line 4: epochs: expected an integer from 1 to 1000000, found many");
    assertThatThrownBy(() -> Recipe.parse("r.yaml", "data: cifar10\nmodel: custom\n"))
        .hasMessageContaining("r.yaml: image-size: expected an integer from 1 to 4096, found")
        .hasMessageContaining("no such key");
    assertThatThrownBy(() -> Recipe.parse("r.yaml", "lr: 1\n"))
        .hasMessageContaining("data: expected one of fashion-mnist");
  }

  @Test
  void namesWhatRecipesThereAre() throws IOException {
    assertThatThrownBy(() -> Recipe.load("fashion-mnits", List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("fashion-mnist, fashion-mnist-teacher, fashion-mnist-convnet")
        .hasMessageContaining("the nearest is \"fashion-mnist\"");
    assertThatThrownBy(() -> Recipe.load("a\0b", List.of())).isInstanceOf(RecipeException.class);
    assertThatThrownBy(() -> Recipe.load(folder.toString(), List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("cannot be read");
    Path latin1 = folder.resolve("latin1.yaml");
    Files.write(latin1, new byte[] {'n', 'a', 'm', 'e', ':', ' ', (byte) 0xe4});
    assertThatThrownBy(() -> Recipe.load(latin1.toString(), List.of()))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("expected text in UTF-8");
  }

  @Test
  void everySettingsDefaultIsInItsRange() {
    Recipe recipe = Recipe.load("deit-base", List.of());
    Set<String> descriptions = new HashSet<>();
    for (Setting<?> setting : Settings.all().values()) {
      assertThat(setting.description()).doesNotContain("\n").endsWith(".");
      assertThat(descriptions.add(setting.description())).as(setting.key()).isTrue();
      setting.defaultValue(recipe).ifPresent(value -> assertRereads(setting, value));
    }
  }

  @SuppressWarnings("unchecked") // the default of the same setting
  private static <T> void assertRereads(Setting<T> setting, Object value) {
    String yaml = setting.write((T) value);
    assertThat((Object) setting.parse(FlatYaml.readValue("default", yaml))).isEqualTo(value);
  }
}
