package io.github.deit4j.cli;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.cli.TinyTraining.Weights;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that starts from trained weights, as a user types it. */
class FinetuneTest {
  @TempDir static Path folder;
  private static TinyTraining training;
  private static Path trained;

  @BeforeAll
  static void trainAtLowResolution() throws IOException {
    training = TinyTraining.in(folder);
    training.train("start", "--set", "distillation=none", "--set", "epochs=1");
    trained = training.out("start").resolve("model.safetensors");
  }

  private static String[] settings(String... settings) {
    List<String> options = new ArrayList<>(List.of("--set", "finetune=" + trained));
    for (String setting : settings) {
      options.addAll(List.of("--set", setting));
    }
    return options.toArray(String[]::new);
  }

  private static Cli run(String name, String... options) {
    return Cli.run(training.command(name, options).toArray());
  }

  /** The teacher, trained on small images, teaches at the student's new resolution. */
  private static String[] atTwiceTheResolution(String... more) {
    String[] options = settings("image-size=16");
    String[] teacher = {"--teacher", trained.toString()};
    return TinyTraining.options(TinyTraining.options(options, teacher), more);
  }

  @Test
  void higherResolutionWithTeacherGivesTheSameBitsHoweverItRuns() throws IOException {
    Weights expected = training.train("high", atTwiceTheResolution("--threads", "1"));
    String[] split = {"--threads", "2", "--set", "batch=16", "--set", "accumulate=2"};
    training.train("split", atTwiceTheResolution(TinyTraining.options(split, "--max-steps", "4")));
    Weights resumed =
        training.train("split", atTwiceTheResolution(TinyTraining.options(split, "--resume")));
    assertThat(resumed).isEqualTo(expected);
  }

  @Test
  void saysWhatIsNotAsInTheWeights() {
    Cli result = run("notes", atTwiceTheResolution("--max-steps", "1"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("position embedding resized from 2 × 2 to 4 × 4");
  }

  @Test
  void theSecondFilterGivesOtherWeights() throws IOException {
    String[] once = {"--max-steps", "1"};
    Weights deit = training.train("bicubic", TinyTraining.options(settings("image-size=16"), once));
    String[] timm = settings("image-size=16", "position-resize=bicubic-antialiased");
    assertThat(training.train("antialiased", TinyTraining.options(timm, once))).isNotEqualTo(deit);
  }

  /** The first step's loss, over all images, is that of the weights it started from. */
  @Test
  void outOfTrainingModeTheHeadsLearnByTheirMean() throws IOException {
    TinyTraining onAll = TinyTraining.in(Files.createDirectories(folder.resolve("all")));
    Path data = onAll.folder().resolve("data");
    for (String file : List.of(TinyFashionMnist.TRAIN_IMAGES, TinyFashionMnist.TRAIN_LABELS)) {
      Files.copy(data.resolve(file), data.resolve(file.replace("train", "t10k")), REPLACE_EXISTING);
    }
    String[] mode = settings("train-mode=false", "distillation=none", "batch=50", "accumulate=2");
    String[] plain = {"--set", "smoothing=0", "--set", "flip=0", "--set", "crop-padding=0"};
    onAll.train("run", TinyTraining.options(TinyTraining.options(mode, plain), "--max-steps", "1"));
    String firstStep = Files.readAllLines(onAll.out("run").resolve("metrics.jsonl")).getFirst();
    Cli evaluation = Cli.run("evaluate", "--weights", trained, "--data", data, "--json");
    assertThat(Json.read("metrics", firstStep).get("loss").asDouble())
        .isCloseTo(evaluation.json().get("mean").get("loss").asDouble(), within(1e-6));
  }

  @Test
  void otherSizesAreRefusedBeforeAnythingIsWritten() {
    Cli result = run("wide", settings("width=32", "distillation=none"));
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err())
        .contains(trained + ": expected ", "{model.mlp-width=64, model.width=32}, found ", "=16}");
    assertThat(training.out("wide")).doesNotExist();
  }

  @Test
  void otherClassesNeedANewHead() throws IOException {
    List<String> classes = new ArrayList<>(FashionMnist.CLASS_NAMES);
    classes.set(3, "hat");
    Path others = TinyModel.save(folder.resolve("others.safetensors"), classes);
    String[] model = {"depth=1", "heads=1", "mlp-ratio=1", "distillation=none"};
    String[] options = TinyTraining.options(settings(model), "--set", "finetune=" + others);
    Cli refused = run("others", withoutFirst(options));
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.err()).contains("replace-head: true", "label 3: expected \"hat\"");
    Cli replaced =
        run("others", TinyTraining.options(withoutFirst(options), "--set", "replace-head=true"));
    assertThat(replaced.code()).as(replaced.err()).isZero();
    assertThat(replaced.err()).contains("heads replaced: 10 classes before, 10 now");
  }

  @Test
  void anotherNumberOfClassesGetsANewHead() throws IOException {
    Path three = TinyModel.save(folder.resolve("three.safetensors"), List.of("a", "b", "c"));
    String[] model = {"depth=1", "heads=1", "mlp-ratio=1", "distillation=none"};
    String[] options = TinyTraining.options(settings(model), "--set", "finetune=" + three);
    Cli result = run("three", withoutFirst(options));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("heads replaced: 3 classes before, 10 now");
  }

  /** Each key may be set once. */
  private static String[] withoutFirst(String... options) {
    return List.of(options).subList(2, options.length).toArray(String[]::new);
  }

  @Test
  void missingWeightsAreNamed() {
    String[] options = {"--set", "finetune=nowhere.pth", "--set", "distillation=none"};
    Cli result = run("missing", options);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains("nowhere.pth: expected a file, found none");
  }

  @Test
  void resumeNeedsTheSameWeightsToStartFrom() throws IOException {
    Path start = Files.copy(trained, folder.resolve("start.safetensors"));
    String[] options = {"--set", "finetune=" + start, "--set", "distillation=none"};
    assertThat(run("changed", TinyTraining.options(options, "--max-steps", "1")).code()).isZero();
    TinyModel.save(start, FashionMnist.CLASS_NAMES);
    training.train("other", "--set", "distillation=none", "--seed", "9", "--max-steps", "1");
    Files.copy(training.out("other").resolve("model.safetensors"), start, REPLACE_EXISTING);
    Cli resumed = run("changed", TinyTraining.options(options, "--resume"));
    assertThat(resumed.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(resumed.err()).contains("expected the data, class names", "finetune: ");
  }

  /** The name of the file is a setting, whatever is in it. */
  @Test
  void resumeNeedsTheSameNameOfThem() throws IOException {
    Path start = Files.copy(trained, folder.resolve("one.safetensors"));
    String[] options = {"--set", "distillation=none", "--max-steps", "1", "--set"};
    assertThat(run("renamed", TinyTraining.options(options, "finetune=" + start)).code()).isZero();
    Path other = Files.copy(start, folder.resolve("other.safetensors"));
    Cli resumed = run("renamed", TinyTraining.options(options, "finetune=" + other, "--resume"));
    assertThat(resumed.code()).isEqualTo(ExitCode.USAGE);
    assertThat(resumed.err()).contains("finetune: '%s' -> '%s'".formatted(start, other));
  }
}
