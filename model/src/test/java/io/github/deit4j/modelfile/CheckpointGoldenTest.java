package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.Golden.Entry;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.testing.Models;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Golden item 11: whole models from files of every form give the reference's logits. */
class CheckpointGoldenTest {
  private static final double ATOL = 5e-5;
  private static final double RTOL = 1e-4;
  private static final String FOLDER = "11-checkpoints/";
  private static final String MODEL = "distilled";
  private static final String ROUNDED = FOLDER + "rounded-expected-logits.safetensors";

  @TempDir static Path dir;

  /** Every valid file in the folder that holds a whole model. */
  @TestFactory
  List<DynamicTest> logits() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Entry entry : Golden.entries(11)) {
      if (entry.valid() && isWholeModel(entry)) {
        tests.add(DynamicTest.dynamicTest(entry.file(), () -> assertLogits(source(entry), entry)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static boolean isWholeModel(Entry entry) throws IOException {
    String name = entry.file();
    boolean other = name.contains("malformed") || name.contains("expected");
    if (other || !name.endsWith(".pth") && !name.endsWith(".safetensors")) {
      return false;
    }
    // Of PyTorch files the manifest lists no tensors; each valid one holds the model.
    return name.endsWith(".pth") || entry.json().get("tensors").items().size() > 10;
  }

  private static ModelSource source(Entry entry) throws IOException {
    int heads = GoldenModel.config(MODEL).heads();
    return new ModelSource(Golden.path(entry.file()), OptionalInt.of(heads));
  }

  @TestFactory
  List<DynamicTest> huggingFaceFolder() throws IOException {
    return List.of(
        DynamicTest.dynamicTest(
            "config.json and model.safetensors",
            () -> {
              Path folder = Files.createDirectories(dir.resolve("hub"));
              Files.copy(
                  Golden.path(FOLDER + "hf-model.safetensors"),
                  folder.resolve("model.safetensors"));
              Files.copy(Golden.path(FOLDER + "hf-config.json"), folder.resolve("config.json"));
              ModelSource source = ModelSource.of(folder);
              assertThat(SavedModel.readInfo(source).config()).isEqualTo(GoldenModel.config(MODEL));
              assertThat(SavedModel.warnings(source)).isEmpty();
              assertLogits(source, null);
            }));
  }

  private static void assertLogits(ModelSource source, Entry entry) throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        SavedModel.Loaded loaded = SavedModel.load(source, backend);
        SafetensorsFile io = Golden.open("01-forward/" + MODEL + "-io.safetensors")) {
      LogitRows logits = Models.logits(backend, loaded.model(), io.floats("input"));
      float[] mean = logits.classRows().clone();
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (mean[i] + logits.distillationRows()[i]) / 2;
      }
      Golden.assertClose("logits_eval", mean, expected(io, entry), ATOL, RTOL);
    }
  }

  private static float[] expected(SafetensorsFile io, Entry entry) throws IOException {
    if (entry != null && Golden.listed(ROUNDED)) {
      try (SafetensorsFile rounded = Golden.open(ROUNDED)) {
        for (String name : rounded.names()) {
          if (entry.file().replace('-', '_').contains(name.split("\\.", 2)[0])) {
            return rounded.floats(name);
          }
        }
      }
    }
    return io.floats("logits_eval");
  }
}
