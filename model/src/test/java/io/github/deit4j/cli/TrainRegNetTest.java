package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.Sha256;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RegNetY through the command line: trained, resumed, evaluated, and as teacher. */
class TrainRegNetTest {
  static final String RECIPE =
      """
      name: tiny-regnet
      data: fashion-mnist
      model: custom-regnety
      image-size: 8
      channels: 1
      stem-stride: 1
      initial-width: 8
      width-slope: 8
      width-multiplier: 2
      depth: 3
      group-width: 4
      drop-path: 0.2
      epochs: 2
      batch: 16
      lr: 5e-3
      lr-scaling: none
      ema-decay: 0.9
      crop-padding: 1
      """;

  @TempDir static Path folder;

  private static TinyTraining students;
  private static Path recipe;
  private static String expected;

  @BeforeAll
  static void trainOnce() throws IOException {
    students = TinyTraining.in(folder);
    recipe = Files.writeString(folder.resolve("regnet.yaml"), RECIPE);
    expected = train("regnet", "--threads", "1");
  }

  private static Path weights(String run) {
    return folder.resolve(run).resolve("model.safetensors");
  }

  private static Cli run(String out, String... options) {
    List<Object> command = new ArrayList<>(List.of("train", "--backend", "cpu"));
    command.addAll(List.of("--recipe", recipe, "--data", folder.resolve("data")));
    command.addAll(List.of("--out", folder.resolve(out)));
    command.addAll(List.of(options));
    return Cli.run(command.toArray());
  }

  private static String train(String out, String... options) throws IOException {
    Cli result = run(out, options);
    assertThat(result.code()).as(result.err()).isZero();
    return Sha256.of(weights(out));
  }

  @Test
  void threadsDoNotChangeTheWeights() throws IOException {
    assertThat(train("three threads", "--threads", "3")).isEqualTo(expected);
  }

  /** The running statistics are part of a checkpoint, and of the average. */
  @Test
  void aRunThatIsResumedEndsWithTheSameWeights() throws IOException {
    assertThat(train("resumed", "--max-steps", "5")).isNotEqualTo(expected);
    assertThat(train("resumed", "--resume", "--threads", "2")).isEqualTo(expected);
    Path average = folder.resolve("resumed/model-ema.safetensors");
    assertThat(average).hasSameBinaryContentAs(folder.resolve("regnet/model-ema.safetensors"));
  }

  @Test
  void anotherSplitOfTheBatchIsAnotherTraining() throws IOException {
    Cli result = run("split", "--set", "batch=8", "--set", "accumulate=2");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("batch norm uses the statistics of each micro-batch of 8");
    assertThat(Sha256.of(weights("split"))).isNotEqualTo(expected);
  }

  @Test
  void itsFileIsEvaluatedAndInspected() throws IOException {
    Cli evaluated =
        Cli.run(
            "evaluate", "--json", "--weights", weights("regnet"), "--data", folder.resolve("data"));
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    assertThat(evaluated.json().keys()).containsExactly("class");
    Cli inspected = Cli.run("inspect", weights("regnet"));
    assertThat(inspected.out())
        .contains("RegNetY: ", "depths [1, 1, 1]", "stem-stride 1", "s1.b1.conv1.bn.running_var");
    Cli head =
        Cli.run(
            "evaluate",
            "--head",
            "joint",
            "--weights",
            weights("regnet"),
            "--data",
            folder.resolve("data"));
    assertThat(head.code()).isEqualTo(2);
  }

  @Test
  void filesOfOtherLibrariesHoldTheSameModel() throws IOException {
    try (Backend backend = new CpuBackend(1);
        Model model = SavedModel.load(ModelSource.of(weights("regnet")), backend).model()) {
      for (RegNetNames names : RegNetNames.values()) {
        Path file = folder.resolve(names + ".safetensors");
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> renamed.put(names.of(name), tensor));
        SavedModel.writeTensors(file, backend, Map.of(), renamed);
        SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(file), backend);
        try (Model again = loaded.model()) {
          // Such files don't say the image size, so it is ImageNet's.
          assertThat(loaded.info().config().imageSize()).isEqualTo(224);
          assertThat(again.buffers()).hasSameSizeAs(model.buffers());
          Path back = folder.resolve(names + "-back.safetensors");
          SavedModel.writeTensors(back, backend, Map.of(), again.tensors());
          Path own = folder.resolve(RegNetNames.TIMM + ".safetensors");
          assertThat(back).hasSameBinaryContentAs(own);
        }
      }
    }
  }

  private static String[] from(Path start, String... settings) {
    List<String> options = new ArrayList<>(List.of("--max-steps", "1", "--set"));
    options.add("finetune=" + start);
    for (String setting : settings) {
      options.addAll(List.of("--set", setting));
    }
    return options.toArray(String[]::new);
  }

  /** Without learning, what a run begins with is what it ends with. */
  @Test
  void fineTuningStartsFromTheWeightsOfAnyLibrary() throws IOException {
    Path start = folder.resolve("start.safetensors");
    assertThat(
            Cli.run(
                    "export",
                    "--weights",
                    weights("regnet"),
                    "--format",
                    "torchvision",
                    "--out",
                    start)
                .code())
        .isZero();
    // Too small a rate to change any weight.
    String[] still = from(start, "lr=1e-30", "warmup-lr=0", "min-lr=0", "image-size=12");
    Cli result = run("fine-tuned", still);
    assertThat(result.code()).as(result.err()).isZero();
    try (WeightFile trained = WeightFile.open(weights("regnet"));
        WeightFile tuned = WeightFile.open(weights("fine-tuned"))) {
      for (String name : List.of("stem.conv.weight", "s1.b1.se.fc1.bias", "head.fc.weight")) {
        assertThat(tuned.floats(name)).as(name).isEqualTo(trained.floats(name));
      }
      String moved = "stem.bn.running_mean";
      assertThat(tuned.floats(moved)).isNotEqualTo(trained.floats(moved));
    }
  }

  @Test
  void fineTuningSaysWhatIsNotAsBefore() throws IOException {
    Cli result = run("other stride", from(weights("regnet"), "replace-head=true"));
    assertThat(result.err()).contains("heads replaced: 10 classes before, 10 now");
    Path stride2 =
        Files.writeString(
            folder.resolve("stride.yaml"), RECIPE.replace("stem-stride: 1", "stem-stride: 2"));
    List<Object> command = new ArrayList<>(List.of("train", "--recipe", stride2));
    command.addAll(List.of("--data", folder.resolve("data"), "--out", folder.resolve("stride 2")));
    command.addAll(List.of(from(weights("regnet"))));
    Cli strided = Cli.run(command.toArray());
    assertThat(strided.code()).as(strided.err()).isZero();
    assertThat(strided.err()).contains("stem stride 1 before, 2 now");
  }

  @Test
  void fineTuningRefusesOtherFamiliesAndSizes() throws IOException {
    Path deit = TinyModel.save(folder.resolve("deit.safetensors"), FashionMnist.CLASS_NAMES);
    Cli family = run("of a DeiT", from(deit));
    assertThat(family.code()).isEqualTo(65);
    assertThat(family.err()).contains(deit + ": expected a RegNetY, found a DeiT");
    Path wide =
        Files.writeString(
            folder.resolve("wide.yaml"), RECIPE.replace("group-width: 4", "group-width: 8"));
    List<Object> command = new ArrayList<>(List.of("train", "--recipe", wide));
    command.addAll(List.of("--data", folder.resolve("data"), "--out", folder.resolve("wide")));
    command.addAll(List.of(from(weights("regnet"))));
    Cli sizes = Cli.run(command.toArray());
    assertThat(sizes.code()).isEqualTo(65);
    assertThat(sizes.err()).contains("model.group-widths=[8,8,8]", "[4,4,4]");
    assertThat(folder.resolve("wide")).doesNotExist();
  }

  /** A file of logits stands for the model that gave them, to the last bit. */
  @Test
  void teachesADeiTItselfOrThroughStoredLogits() throws IOException {
    Path logits = folder.resolve("logits.safetensors");
    Cli taught =
        Cli.run(
            "teach",
            "--backend",
            "cpu",
            "--teacher",
            weights("regnet"),
            "--recipe",
            folder.resolve("recipe.yaml"),
            "--set",
            "crop-padding=0",
            "--data",
            folder.resolve("data"),
            "--out",
            logits);
    assertThat(taught.code()).as(taught.err()).isZero();
    String[] own = {"--set", "crop-padding=0", "--teacher", weights("regnet").toString()};
    String[] stored = {"--set", "crop-padding=0", "--teacher", logits.toString()};
    TinyTraining.Weights fromModel = students.train("from model", own);
    assertThat(students.train("from logits", stored)).isEqualTo(fromModel);
  }

  /** What is there isn't overwritten. */
  @Test
  void teachesIntoANewFile() throws IOException {
    Path logits = folder.resolve("new.safetensors");
    Files.writeString(logits, "mine");
    Cli there = teach(logits, "train-crop=center", "mixup=0", "erase=0");
    assertThat(there.code()).isEqualTo(2);
    assertThat(there.err()).contains("--out: expected a file that is not there yet");
    assertThat(logits).hasContent("mine");
    Files.delete(logits);
    Cli taught = teach(logits, "train-crop=center", "mixup=0", "erase=0");
    assertThat(taught.code()).as(taught.err()).isZero();
    assertThat(logits).isRegularFile();
  }

  /** Where images change, the answers to every one of them stand for the model. */
  @Test
  void teachesEveryDrawWhereImagesChange() throws IOException {
    String[] sets = {"train-crop=random-resized", "mixup=0.8", "erase=0.25"};
    Path draws = folder.resolve("draws.safetensors");
    Cli taught = teach(draws, sets);
    assertThat(taught.code()).as(taught.err()).isZero();
    assertThat(taught.err()).contains("labels of a teacher for 2 epochs of 96 images");
    List<String> options = new ArrayList<>();
    for (String set : sets) {
      options.addAll(List.of("--set", set));
    }
    options.addAll(List.of("--teacher", weights("regnet").toString()));
    TinyTraining.Weights fromModel =
        students.train("augmented, from model", options.toArray(String[]::new));
    options.set(options.size() - 1, draws.toString());
    assertThat(students.train("augmented, from draws", options.toArray(String[]::new)))
        .isEqualTo(fromModel);
  }

  private static Cli teach(Path logits, String... sets) {
    List<Object> command =
        new ArrayList<>(
            List.of("teach", "--teacher", weights("regnet"), "--data", folder.resolve("data")));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml"), "--out", logits));
    for (String set : sets) {
      command.addAll(List.of("--set", set));
    }
    return Cli.run(command.toArray());
  }

  @Test
  void storedLogitsAreRefusedWhereImagesChange() throws IOException {
    Path logits = folder.resolve("few.safetensors");
    Cli taught =
        Cli.run(
            "teach",
            "--teacher",
            weights("regnet"),
            "--recipe",
            folder.resolve("recipe.yaml"),
            "--set",
            "train-images=40",
            "--set",
            "crop-padding=0",
            "--data",
            folder.resolve("data"),
            "--out",
            logits);
    assertThat(taught.code()).as(taught.err()).isZero();
    Cli cropped = Cli.run(students.command("cropped", "--teacher", logits.toString()).toArray());
    assertThat(cropped.code()).isEqualTo(2);
    assertThat(cropped.err())
        .contains("--teacher", "no more than mirror", "add --set crop-padding=0, or give the model")
        .contains("deit teach");
    String[] moreImages = {"--set", "crop-padding=0", "--teacher", logits.toString()};
    Cli more = Cli.run(students.command("more", moreImages).toArray());
    assertThat(more.code()).isEqualTo(65);
    assertThat(more.err()).contains(logits + ": expected images for which it has logits");
  }

  @Test
  void aTeacherOfOtherImagesIsRefused() {
    String[] teacher = {"--set", "channels=3", "--teacher", weights("regnet").toString()};
    Cli result = Cli.run(students.command("other channels", teacher).toArray());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--teacher: expected a model for images of 3 channels");
  }
}
