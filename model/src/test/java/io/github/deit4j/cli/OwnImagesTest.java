package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a folder of images to a model. */
class OwnImagesTest {
  @TempDir Path dir;

  private Path folder(String name, int ofEachClass) throws IOException {
    Path folder = dir.resolve(name);
    OwnImages.write(folder, ofEachClass);
    return folder;
  }

  private String weights(String run) throws IOException {
    return Sha256.of(dir.resolve(run).resolve("model.safetensors"));
  }

  private String file(String run, String name) throws IOException {
    return Files.readString(dir.resolve(run).resolve(name));
  }

  @Test
  void trainsOnClassFoldersAndHoldsAFifthOut() throws IOException {
    Path data = folder("data", 10);
    Cli first = OwnImages.train(data, dir.resolve("a"));
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err())
        .contains("24 images of 3 classes to learn from, 6 held out to evaluate on");
    assertThat(file("a", "recipe.yaml"))
        .contains("\nbatch: 8\n", "\nepochs: 2\n", "\nlr: 3.5e-4\n");
    assertThat(file("a", "results.json")).contains("\"top1\"");
    List<String> split = file("a", "split.csv").lines().toList();
    assertThat(split).hasSize(31).startsWith("path,label,split").contains("red/9.png,red,train");
    assertThat(split.stream().filter(line -> line.endsWith(",val"))).hasSize(6);
    assertThat(OwnImages.train(data, dir.resolve("b")).code()).isZero();
    assertThat(weights("b")).isEqualTo(weights("a"));
    assertThat(OwnImages.train(data, dir.resolve("c"), "--seed", "1").code()).isZero();
    assertThat(file("c", "split.csv")).isNotEqualTo(file("a", "split.csv"));
  }

  @Test
  void theSameImagesBelowTrainOrInAListOrPackedGiveTheSameWeights() throws IOException {
    Path flat = folder("flat", 5);
    folder("below/train", 5);
    List<String> list = new ArrayList<>(List.of("path,label,split"));
    try (Stream<Path> files = Files.walk(folder("listed", 5))) {
      files
          .filter(Files::isRegularFile)
          .sorted()
          .map(dir.resolve("listed")::relativize)
          .forEach(image -> list.add("%s,%s,train".formatted(image, image.getParent())));
    }
    Files.write(dir.resolve("listed/images.csv"), list);
    assertThat(Cli.run("pack", "--data", flat, "--out", dir.resolve("packed")).code()).isZero();
    for (String data : List.of("flat", "below", "listed", "packed")) {
      Cli trained = OwnImages.train(dir.resolve(data), dir.resolve("run-" + data));
      assertThat(trained.code()).as(trained.err()).isZero();
      assertThat(file("run-" + data, "split.csv")).isEqualTo(file("run-flat", "split.csv"));
      assertThat(weights("run-" + data)).as(data).isEqualTo(weights("run-flat"));
    }
  }

  @Test
  void aSplitOfTheDataComesFirstButATestSplitIsLeftAlone() throws IOException {
    folder("val/train", 4);
    folder("val/val", 2);
    assertThat(OwnImages.train(dir.resolve("val"), dir.resolve("a")).code()).isZero();
    assertThat(dir.resolve("a/split.csv")).doesNotExist();
    folder("test/train", 4);
    folder("test/test", 2);
    assertThat(OwnImages.train(dir.resolve("test"), dir.resolve("b")).code()).isZero();
    assertThat(dir.resolve("b/split.csv")).isRegularFile();
  }

  @Test
  void saysWhenThereIsNothingToEvaluateOn() throws IOException {
    Path data = folder("data", 4);
    Cli silent = OwnImages.train(data, dir.resolve("a"), "--set", "val-split=0");
    assertThat(silent.code()).as(silent.err()).isZero();
    assertThat(silent.err()).contains("none to evaluate on; --set val-split=0.2 holds some out");
    folder("below/train", 4);
    Cli refused = OwnImages.train(dir.resolve("below"), dir.resolve("b"), "--set", "val-split=0");
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains("found train only", "--set val-split=0.2");
    Files.createDirectories(dir.resolve("below/val"));
    Cli empty = OwnImages.train(dir.resolve("below"), dir.resolve("c"));
    assertThat(empty.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(empty.err()).contains("below/val: expected class folders", "found an empty folder");
    assertThat(dir.resolve("c")).doesNotExist();
  }

  @Test
  void resumesWithTheSameSplitAndSaysWhenTheImagesAreOthers() throws IOException {
    Path data = folder("data", 6);
    assertThat(OwnImages.train(data, dir.resolve("whole")).code()).isZero();
    Path run = dir.resolve("run");
    assertThat(OwnImages.train(data, run, "--max-steps", "1").code()).isZero();
    Cli resumed = OwnImages.train(data, run, "--resume");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(weights("run")).isEqualTo(weights("whole"));
    Files.move(data.resolve("red/5.png"), data.resolve("red/6.png"));
    Cli refused = OwnImages.train(data, run, "--resume");
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains("training-data: ", "test-data: ");
    Files.move(data.resolve("red/6.png"), data.resolve("red/5.png"));
    Files.writeString(run.resolve("split.csv"), "path,label,split\n");
    Cli otherSplit = OwnImages.train(data, run, "--resume");
    assertThat(otherSplit.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(otherSplit.err()).contains("split.csv: expected the images that the run began with");
  }

  @Test
  void fineTunesFromWeightsOfAnySizes() throws IOException {
    Path data = folder("data", 6);
    assertThat(OwnImages.train(data, dir.resolve("start")).code()).isZero();
    Cli tuned =
        OwnImages.train(
            data,
            dir.resolve("tuned"),
            "--set",
            "finetune=" + dir.resolve("start/model.safetensors"));
    assertThat(tuned.code()).as(tuned.err()).isZero();
    assertThat(file("tuned", "recipe.yaml")).contains("\nmodel: custom\n", "\nwidth: 16\n");
  }

  @Test
  void checksDataAndTrainsAroundWhatIsAllowed() throws IOException {
    Path data = folder("data", 12);
    assertThat(Cli.run("check-data", data).code()).isZero();
    Files.writeString(data.resolve("red/3.png"), "no image");
    Files.writeString(data.resolve("red/new.heic"), "no image, either");
    OwnImages.picture(data.resolve("stray.png"), 1, 1000);
    Cli checked = Cli.run("check-data", data);
    assertThat(checked.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(checked.out())
        .contains("images: 37 images of 3 classes")
        .contains("of other formats: 1\n  red/new.heic: none of the formats")
        .contains("broken: 1\n  red/3.png: is no image")
        .contains("left out: 1\n  stray.png: an image in no class folder");
    assertThat(Cli.run("check-data", data, "--json").json().get("findings").items()).hasSize(3);
    Cli refused = OwnImages.train(data, dir.resolve("a"));
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains("red/new.heic: none of the formats that can be read");
    assertThat(dir.resolve("a")).as("nothing was computed").doesNotExist();
    Cli trained = OwnImages.train(data, dir.resolve("a"), "--max-bad", "2", "--set", "batch=5");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("left out, since it belongs to no class:", "stray.png")
        .contains("skipped: ", "red/3.png", "red/new.heic");
    assertThat(Cli.run("check-data", dir.resolve("none")).code()).isEqualTo(ExitCode.BAD_DATA);
  }

  @Test
  void fewImagesGetAdviceThatWorks() throws IOException {
    Path data = folder("data", 30);
    List<Object> command = new ArrayList<>(List.of("train", "--recipe", "deit-tiny"));
    command.addAll(List.of("--data", data, "--out", dir.resolve("run"), "--max-steps", 1));
    Cli refused = Cli.run(command.toArray());
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err())
        .contains("90 images, fewer than one effective batch of 1024 (batch x accumulate)")
        .contains("--set batch=64 --set accumulate=1 --set mixup-group=0", "--recipe own-images");
  }
}
