package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.collective.Single;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.distill.ModelTeacher;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryEstimateTest {
  private static final int CLASSES = 10;

  /** How far the estimate may be from what real arenas take. */
  private static final double FACTOR = 1.1;

  private static final String RECIPE =
      """
      data: fashion-mnist
      image-size: 32
      batch: 4
      accumulate: 2
      %s
      """;

  private static final String VIT =
      "model: custom\npatch-size: 4\nchannels: 1\nwidth: 96\ndepth: 4\nheads: 3\nmlp-ratio: 2\n"
          + "distilled: true\n";

  @TempDir Path folder;

  private Recipe recipe(String more, String... sets) throws IOException {
    Path file = Files.writeString(folder.resolve("recipe.yaml"), RECIPE.formatted(more));
    return Recipe.load(file.toString(), List.of(sets));
  }

  private static ModelInfo info(Recipe recipe) {
    return new ModelInfo(
        recipe.modelConfig(CLASSES), ClassNames.unnamed(CLASSES), RecipeData.preprocessing(recipe));
  }

  private static SampleBatch batch(Recipe recipe, ModelInfo info) {
    int size = (int) recipe.effectiveBatch();
    int side = info.preprocessing().size();
    int channels = info.preprocessing().channels();
    int[] zeros = new int[size];
    byte[] pixels = new byte[size * channels * side * side];
    return new SampleBatch(0, 0, channels, side, side, pixels, zeros, zeros);
  }

  private void assertClose(Recipe recipe, Path teacherFile) throws Exception {
    ModelInfo info = info(recipe);
    try (Backend backend = Backends.select("cpu", 2).backend();
        Teacher teacher = teacherFile == null ? null : ModelTeacher.load(teacherFile, backend)) {
      MemoryEstimate estimate =
          MemoryEstimate.of(backend, recipe, info, false, teacher).orElseThrow();
      long before = TensorArena.openBytes();
      try (var state = new TrainingState(backend, recipe, info);
          var buffers = new BufferCopies(backend, state.model());
          var alone = new Single();
          var communicator = backend.communicator(alone);
          var step =
              new TrainingStep(
                  backend, state.model(), recipe, teacher, null, alone, communicator)) {
        long ofState = TensorArena.openBytes() - before;
        assertThat(estimate.state()).isEqualTo(ofState);
        buffers.take();
        step.run(batch(recipe, info), 0, state.clipping());
        long ofStep = TensorArena.openBytes() - before - ofState;
        assertThat((double) estimate.step()).isBetween(ofStep / FACTOR, ofStep * FACTOR);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "distillation=none",
        "activation-checkpointing=true",
        "ema-decay=0.9",
        "optimizer=sgd",
        "batch=1",
        "mixup=0.8",
        "distilled=false"
      })
  void ofADeiTItIsWhatArenasTake(String change) throws Exception {
    List<String> sets = new ArrayList<>(List.of(change));
    if (!change.startsWith("distillation")) {
      sets.add("distillation=none");
    }
    assertClose(recipe(VIT, sets.toArray(String[]::new)), null);
  }

  @Test
  void ofAConvnetToo() throws Exception {
    assertClose(
        recipe(
            "model: custom-regnety\nchannels: 1\nstem-stride: 1\ninitial-width: 8\n"
                + "width-slope: 8\nwidth-multiplier: 2\ndepth: 3\ngroup-width: 4\n"),
        null);
  }

  @Test
  void withATeacher() throws Exception {
    Recipe teachers = recipe(VIT, "distilled=false", "distillation=none", "width=192");
    Path file = folder.resolve("teacher.safetensors");
    try (Backend backend = Backends.select("cpu", 1).backend();
        var state = new TrainingState(backend, teachers, info(teachers))) {
      SavedModel.save(file, backend, state.model(), info(teachers));
    }
    assertClose(recipe(VIT, "distillation=hard"), file);
  }

  @Test
  void whatDoesNotFitIsRefusedWithNumbersAndWhatToDo() {
    var estimate = new MemoryEstimate(2_000_000_000, 30_000_000_000L, 0, 1_000);
    var enough = new AvailableMemory(40_000_000_000L, "the machine has left");
    var tooLittle = new AvailableMemory(8_000_000_000L, "are left of the limit");
    estimate.require(List.of(enough));
    estimate.require(List.of());
    assertThatThrownBy(() -> estimate.require(List.of(enough, tooLittle)))
        .isInstanceOf(DeviceException.OutOfMemory.class)
        .hasMessageContainingAll(
            "about 32.0 GB",
            "a step of the batch 30.0 GB",
            "8.0 GB are left of the limit",
            "batch");
    var forTheHeap = new MemoryEstimate(0, 0, 0, 1L << 50);
    assertThatThrownBy(() -> forTheHeap.require(List.of(enough)))
        .isInstanceOf(DeviceException.OutOfMemory.class)
        .hasMessageContaining("-Xmx");
  }
}
