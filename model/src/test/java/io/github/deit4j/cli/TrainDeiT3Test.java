package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.TinyTraining.Weights;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DeiT III through the command line: trained, resumed, fine-tuned, evaluated and exported. */
class TrainDeiT3Test {
  private static final String[] MODEL = {
    "--set", "model=custom-deit3", "--set", "distilled=false", "--set", "distillation=none"
  };

  @TempDir static Path folder;

  private static TinyTraining training;
  private static Weights expected;
  private static Path trained;

  @BeforeAll
  static void trainOnce() throws IOException {
    training = TinyTraining.in(folder);
    expected = train("deit3", "--threads", "1");
    trained = training.out("deit3").resolve("model.safetensors");
  }

  private static Weights train(String run, String... options) throws IOException {
    return training.train(run, TinyTraining.options(MODEL, options));
  }

  private static Cli run(String name, String... options) {
    return Cli.run(training.command(name, TinyTraining.options(MODEL, options)).toArray());
  }

  @ParameterizedTest
  @CsvSource({"2, 8, 4", "3, 16, 2"})
  void threadsAndTheSplitOfTheBatchDoNotChangeTheWeights(int threads, int batch, int accumulate)
      throws IOException {
    String[] split = {
      "--threads", "" + threads, "--set", "batch=" + batch, "--set", "accumulate=" + accumulate
    };
    assertThat(train("split " + threads, split)).isEqualTo(expected);
  }

  @Test
  void aRunThatIsResumedEndsWithTheSameWeights() throws IOException {
    assertThat(train("resumed", "--max-steps", "4")).isNotEqualTo(expected);
    assertThat(train("resumed", "--resume")).isEqualTo(expected);
  }

  @Test
  void activationCheckpointingDoesNotChangeTheWeights() throws IOException {
    assertThat(train("checkpointing", "--set", "activation-checkpointing=true"))
        .isEqualTo(expected);
  }

  @Test
  void fineTuningResizesThePositionsOfThePatches() throws IOException {
    Cli result =
        run(
            "fine-tuned",
            "--max-steps",
            "1",
            "--set",
            "finetune=" + trained,
            "--set",
            "image-size=16",
            "--set",
            "replace-head=true");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("position embedding resized from 2 × 2 to 4 × 4", "heads replaced");
    Cli inspected = Cli.run("inspect", training.out("fine-tuned").resolve("model.safetensors"));
    assertThat(inspected.out()).contains("DeiT III: ", "image-size 16", "[1, 16, 16]");
  }

  @Test
  void aDeiTIsNoStartForIt() throws IOException {
    training.train("deit", "--set", "distilled=false", "--set", "distillation=none");
    Path deit = training.out("deit").resolve("model.safetensors");
    Cli result = run("other family", "--set", "finetune=" + deit);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains(deit + ": expected a DeiT III, found a DeiT");
  }

  @Test
  void itTeachesAtAnotherResolution() throws IOException {
    Cli result =
        Cli.run(
            training
                .command(
                    "student",
                    "--teacher",
                    trained.toString(),
                    "--set",
                    "image-size=16",
                    "--max-steps",
                    "1")
                .toArray());
    assertThat(result.code()).as(result.err()).isZero();
  }

  @Test
  void itIsEvaluatedInspectedAndLookedInto() throws IOException {
    Cli evaluated =
        Cli.run("evaluate", "--json", "--weights", trained, "--data", folder.resolve("data"));
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    assertThat(evaluated.json().keys()).containsExactly("class");
    Cli inspected = Cli.run("inspect", trained);
    assertThat(inspected.out())
        .contains("DeiT III: ", "layer-scale true", "blocks.1.ls2.gamma", "[1, 4, 16]");
    Path image = TinyModel.png(folder.resolve("image.png"), 20, 10, 1);
    Path maps = folder.resolve("maps");
    Cli attention = Cli.run("attention", "--weights", trained, "--out", maps, image);
    assertThat(attention.code()).as(attention.err()).isZero();
    assertThat(maps.resolve("rollout-class.png")).exists();
    assertThat(maps.resolve("block-2-head-2-class.png")).exists();
    assertThat(maps.resolve("rollout-distillation.png")).doesNotExist();
  }

  @Test
  void itIsExportedWhereThereIsAFormForIt() {
    Path timm = folder.resolve("timm.safetensors");
    assertThat(export("timm", timm).code()).isZero();
    assertThat(timm).hasSameBinaryContentAs(trained);
    Path onnx = folder.resolve("model.onnx");
    assertThat(export("onnx", onnx).code()).isZero();
    assertThat(onnx).isNotEmptyFile();
    Path refused = folder.resolve("refused");
    Cli huggingFace = export("huggingface", refused);
    assertThat(huggingFace.code()).isEqualTo(ExitCode.USAGE);
    assertThat(huggingFace.err()).contains("transformers has no DeiT III");
    Cli torchvision = export("torchvision", refused);
    assertThat(torchvision.code()).isEqualTo(ExitCode.USAGE);
    assertThat(torchvision.err()).contains("torchvision has no DeiT III");
    assertThat(refused).doesNotExist();
  }

  private static Cli export(String format, Path out) {
    return Cli.run("export", "--weights", trained, "--format", format, "--out", out);
  }
}
