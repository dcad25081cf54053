package io.github.deit4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.decode.JpegDecoder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaughtImagesTest {
  /** What decides neither the images that a teacher sees nor what it says about them. */
  private static final Set<String> OF_STUDENTS =
      Set.of(
          "name",
          "fit-to-data", // chooses other settings, which count themselves
          "model",
          "patch-size",
          "width",
          "depth",
          "heads",
          "mlp-ratio",
          "distilled",
          "stem-stride",
          "initial-width",
          "width-slope",
          "width-multiplier",
          "group-width",
          "finetune",
          "replace-head",
          "freeze",
          "train-mode",
          "drop-path",
          "dropout",
          "epochs", // of which there must be as many
          "batch", // both as their product
          "accumulate",
          "grain",
          "activation-checkpointing",
          "optimizer",
          "lr",
          "lr-scaling",
          "layer-decay",
          "schedule",
          "schedule-lag",
          "warmup-epochs",
          "warmup-lr",
          "min-lr",
          "beta1",
          "beta2",
          "epsilon",
          "momentum",
          "bias-correction",
          "always-adapt",
          "trust-clip",
          "weight-decay",
          "decay-dist-token",
          "clip",
          "ema-decay",
          "bce-loss",
          "smoothing",
          "class-weights",
          "distillation",
          "alpha",
          "tau",
          "soft-reduction",
          "checkpoint-every",
          "checkpoint-minutes",
          "tensorboard",
          "evaluate-every",
          "early-stop",
          "select",
          "keep");

  /** Whoever adds a setting says here or there to which it belongs. */
  @Test
  void everySettingDecidesImagesOrIsTheStudents() {
    Recipe recipe = Recipe.load("deit-base-distilled", List.of());
    Set<String> all = new HashSet<>(OF_STUDENTS);
    Set<String> deciding = new HashSet<>(TaughtImages.settings(recipe).keySet());
    assertThat(deciding.remove(TaughtImages.STEP)).isTrue();
    assertThat(deciding).doesNotContainAnyElementsOf(OF_STUDENTS);
    all.addAll(deciding);
    assertThat(all).isEqualTo(Settings.all().keySet());
  }

  @Test
  void aDecoderCountsWhereFilesAreDecoded() {
    Recipe files = Recipe.load("deit-base-distilled", List.of("jpeg-decoder=imageio"));
    assertThat(TaughtImages.settings(files))
        .containsEntry("jpeg-decoder", JpegDecoder.IMAGEIO.description())
        .containsEntry("batch x accumulate", "1024");
    Recipe numbers = Recipe.load("fashion-mnist", List.of());
    assertThat(TaughtImages.settings(numbers)).doesNotContainKey("jpeg-decoder");
  }
}
