package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ImageNet's recipes from the teacher to the fine-tuning at a higher resolution, followed from one
 * to the next by tiny models on tiny images: only the sizes are others.
 */
class DistillationRecipesTest {
  private static final List<String> STUDENT =
      List.of(
          "model=custom",
          "patch-size=8",
          "channels=3",
          "width=16",
          "depth=2",
          "heads=2",
          "mlp-ratio=2",
          "batch=4",
          "accumulate=2",
          "mixup-group=4",
          "epochs=1");

  @TempDir Path folder;
  private Path data;

  @Test
  void aTeacherTeachesSoftlyAndIsKeptForTheFineTuning() throws IOException {
    data = TinyModel.folders(folder.resolve("data/train"), List.of("bee", "cat"), 8).getParent();
    TinyModel.folders(folder.resolve("data/val"), List.of("bee", "cat"), 1);
    Path teacher =
        train(
            "regnety-160",
            null,
            "model=custom-regnety",
            "image-size=32",
            "channels=3",
            "initial-width=8",
            "width-slope=8",
            "width-multiplier=2",
            "depth=4",
            "group-width=4",
            "batch=4",
            "accumulate=2",
            "mixup-group=4",
            "epochs=1");
    train("deit-base-soft", teacher, student("image-size=32", "distilled=false"));
    Path start = train("deit-base-distilled", teacher, student("image-size=32", "distilled=true"));
    Path tuned =
        train(
            "finetune-384-distilled",
            teacher,
            student("image-size=48", "distilled=true", "finetune=" + start));
    ModelInfo info = SavedModel.readInfo(ModelSource.of(tuned));
    assertThat(info.config().imageSize()).isEqualTo(48);
    assertThat(info.config().distilled()).isTrue();
  }

  private static String[] student(String... more) {
    List<String> sets = new ArrayList<>(STUDENT);
    sets.addAll(List.of(more));
    return sets.toArray(String[]::new);
  }

  private Path train(String recipe, Path teacher, String... sets) throws IOException {
    List<Object> command = new ArrayList<>(List.of("train", "--backend", "cpu"));
    command.addAll(List.of("--recipe", recipe, "--data", data, "--out", folder.resolve(recipe)));
    if (teacher != null) {
      command.addAll(List.of("--teacher", teacher));
    }
    for (String set : sets) {
      command.addAll(List.of("--set", set));
    }
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isZero();
    Path model = folder.resolve(recipe).resolve("model.safetensors");
    assertThat(Files.size(model)).isPositive();
    return model;
  }
}
