package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.TinyTraining.Weights;
import io.github.deit4j.data.decode.ImageBombs;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.set.IdxFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What training refuses, before it writes anything. */
class BadInputTest {
  private static final String RUN = "run";
  private static final List<String> PETS = List.of("bee", "cat", "dog");
  private static final int PETS_EACH = 12;
  private static final String[] TRAIN_ON_PETS = {
    "--set", "data=image-folder", "--set", "channels=3", "--set", "distillation=none"
  };

  @TempDir Path folder;

  private TinyTraining training;
  private Path data;

  @BeforeEach
  void prepare() throws IOException {
    training = TinyTraining.in(folder);
    data = folder.resolve("data");
  }

  private void assertRefused(int code, List<String> message, String... options) {
    Cli result = Cli.run(training.command(RUN, options).toArray());
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    assertThat(result.err()).contains(message).doesNotContain("Exception", "\tat ");
    assertThat(result.out()).isEmpty();
    assertThat(training.out(RUN)).doesNotExist();
  }

  @Test
  void aMissingDataFolder() throws IOException {
    Files.move(data, folder.resolve("elsewhere"));
    assertRefused(65, List.of(data + ": expected a folder", "fashion-mnist", "found none"));
  }

  static List<String> files() {
    return TinyFashionMnist.FILES;
  }

  @ParameterizedTest
  @MethodSource("files")
  void aMissingFile(String file) throws IOException {
    Files.delete(data.resolve(file));
    assertRefused(65, List.of(data + ": expected " + file, "found no such file"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 30, -9, -1})
  void aTruncatedGzippedFile(int length) throws IOException {
    Path file = data.resolve(TinyFashionMnist.TRAIN_IMAGES);
    cut(file, Files.readAllBytes(file), length);
    assertRefused(65, List.of(file.toString()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 15, 16, 17, -1})
  void aTruncatedPlainFile(int length) throws IOException {
    Files.delete(data.resolve(TinyFashionMnist.TRAIN_IMAGES));
    Path file = data.resolve("train-images-idx3-ubyte");
    cut(file, TinyFashionMnist.images(100, 8, 1), length);
    assertRefused(65, List.of(file.toString()));
  }

  /** Writes the first bytes of a content, or all but some if {@code length} is negative. */
  private static void cut(Path file, byte[] content, int length) throws IOException {
    Files.write(file, Arrays.copyOf(content, length < 0 ? content.length + length : length));
  }

  @Test
  void aFileThatIsTooLong() throws IOException {
    byte[] images = TinyFashionMnist.images(100, 8, 1);
    Path file = data.resolve(TinyFashionMnist.TRAIN_IMAGES);
    Files.write(file, IdxFiles.gzip(Arrays.copyOf(images, images.length + 1)));
    assertRefused(65, List.of(file.toString(), "[100, 8, 8]", "more follow"));
  }

  @Test
  void labelsOfAnotherNumberThanImages() throws IOException {
    Path labels = data.resolve(TinyFashionMnist.TRAIN_LABELS);
    Files.write(labels, IdxFiles.gzip(TinyFashionMnist.labels(99)));
    assertRefused(65, List.of("holds 100 images", labels + " holds 99 labels"));
  }

  @Test
  void aLabelWithoutClass() throws IOException {
    Path labels = data.resolve(TinyFashionMnist.TRAIN_LABELS);
    Files.write(labels, IdxFiles.gzip(IdxFiles.counting(100)));
    assertRefused(65, List.of(labels + ": label 10 of image 10", "expected labels of 0 to 9"));
  }

  @Test
  void imagesInPlaceOfLabels() throws IOException {
    Path labels = data.resolve(TinyFashionMnist.TRAIN_LABELS);
    Files.write(labels, IdxFiles.gzip(TinyFashionMnist.images(100, 8, 1)));
    assertRefused(65, List.of(labels.toString(), "1 dimensions", "found magic 0x00000803"));
  }

  @Test
  void fewerImagesThanABatch() {
    assertRefused(
        65, List.of("100 images", "one effective batch of 128"), "--set", "accumulate=16");
  }

  @Test
  void anEmptyClassFolder() throws IOException {
    usePets();
    Path empty = Files.createDirectory(data.resolve("ant"));
    assertRefused(65, List.of(empty + ": expected images", "found 0 files"), TRAIN_ON_PETS);
  }

  @Test
  void aFolderWithoutClasses() throws IOException {
    removeFashionMnist();
    assertRefused(
        65,
        List.of(data + ": expected one folder of images per class", "found no folder"),
        TRAIN_ON_PETS);
  }

  private void usePets() throws IOException {
    removeFashionMnist();
    TinyModel.folders(data, PETS, PETS_EACH);
  }

  private void removeFashionMnist() throws IOException {
    for (String file : TinyFashionMnist.FILES) {
      Files.delete(data.resolve(file));
    }
  }

  @Test
  void corruptImagesAreSkippedUpToALimit() throws IOException {
    usePets();
    Path cut = data.resolve("bee/3.png");
    byte[] content = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(content, content.length / 2));
    Path text = Files.writeString(data.resolve("dog/5.png"), "no image");

    Weights skipped = trainOnPets("skipped", "--max-bad", "2", "--threads", "1");
    Cli resumed = null;
    for (int steps = 1; steps <= 2; steps++) {
      String[] options = {"--max-bad", "2", "--resume", "--max-steps", Integer.toString(steps)};
      resumed = Cli.run(petsCommand("resumed", options));
    }
    assertThat(training.weights("resumed")).isEqualTo(skipped);
    assertThat(resumed.err()).contains("resuming from step 1");

    Cli tooMany = Cli.run(petsCommand("too many", "--max-bad", "1"));
    assertThat(tooMany.code()).isEqualTo(65);
    assertThat(tooMany.err()).contains(cut.toString(), text.toString(), "--max-bad");
    assertThat(training.out("too many").resolve("model.safetensors")).doesNotExist();
    assertThat(Cli.run(petsCommand("none allowed")).code()).isEqualTo(65);
  }

  @Test
  void corruptTestImagesAreLeftOutUpToALimit() throws IOException {
    removeFashionMnist();
    TinyModel.folders(data.resolve("train"), PETS, PETS_EACH);
    TinyModel.folders(data.resolve("val"), PETS, 2);
    Path text = Files.writeString(data.resolve("val/cat/1.png"), "no image");
    Cli allowed = Cli.run(petsCommand("allowed", "--max-bad", "1"));
    assertThat(allowed.code()).as(allowed.err()).isZero();
    assertThat(allowed.err()).containsOnlyOnce("skipped: " + text);
    Cli tooMany = Cli.run(petsCommand("too many"));
    assertThat(tooMany.code()).isEqualTo(65);
    assertThat(tooMany.err()).contains("--max-bad", text.toString());
    assertThat(training.out("too many").resolve("results.json")).doesNotExist();
  }

  @Test
  void imagesOfExtremeShapeAreSkippedUpToALimit() throws IOException {
    removeFashionMnist();
    TinyModel.folders(data.resolve("train"), PETS, PETS_EACH);
    TinyModel.folders(data.resolve("val"), PETS, 2);
    for (String bad : List.of("train/bee/0.png", "val/cat/1.png")) {
      Files.write(data.resolve(bad), ImageBombs.blackPng(1, 1_000_000, 8));
    }
    Cli allowed = Cli.run(petsCommand("allowed", "--max-bad", "2"));
    assertThat(allowed.code()).as(allowed.err()).isZero();
    assertThat(allowed.err())
        .containsOnlyOnce("skipped: " + data.resolve("train/bee/0.png"))
        .containsOnlyOnce("skipped: " + data.resolve("val/cat/1.png"));
    assertThat(Cli.run(petsCommand("too many")).code()).isEqualTo(65);
  }

  private Weights trainOnPets(String run, String... options) throws IOException {
    Cli result = Cli.run(petsCommand(run, options));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err().lines().filter(line -> line.contains("skipped: "))).hasSize(2);
    return training.weights(run);
  }

  private Object[] petsCommand(String run, String... options) {
    return training.command(run, TinyTraining.options(TRAIN_ON_PETS, options)).toArray();
  }

  @Test
  void aTeacherWhoseTensorsAreNotItsModels() throws IOException {
    Path teacher =
        TinyModel.saveClaiming(
            folder.resolve("teacher.safetensors"), FashionMnist.CLASS_NAMES, "model.depth", "2");
    assertRefused(
        65,
        List.of(teacher.toString(), "found 12 differences", "blocks.1.norm1.weight", "fc2.bias"),
        "--teacher",
        teacher.toString());
  }

  @Test
  void aTeacherThatIsNoWeightFile() throws IOException {
    Path teacher = Files.writeString(folder.resolve("teacher.safetensors"), "no weights at all");
    assertRefused(65, List.of(teacher.toString()), "--teacher", teacher.toString());
  }

  @Test
  void aTeacherThatIsNotThere() {
    Path teacher = folder.resolve("teacher.safetensors");
    assertRefused(
        65, List.of(teacher + ": expected a file, found none"), "--teacher", teacher.toString());
  }

  @Test
  void aTeacherWithOtherClasses() throws IOException {
    List<String> classes = List.of("a", "b", "c");
    Path teacher = TinyModel.save(folder.resolve("teacher.safetensors"), classes);
    assertRefused(
        65,
        List.of(
            "teacher", "label 0: expected \"a\", found \"T-shirt/top\"", "label 9: expected none"),
        "--teacher",
        teacher.toString());
  }

  @Test
  void aTeacherForOtherImages() throws IOException {
    Path teacher = TinyModel.save(folder.resolve("teacher.safetensors"), FashionMnist.CLASS_NAMES);
    assertRefused(
        65,
        List.of(teacher.toString(), "not for images of 10 pixels", "patchSize"),
        "--teacher",
        teacher.toString(),
        "--set",
        "image-size=10",
        "--set",
        "patch-size=5");
  }

  /** Before the data, which are not there. */
  @Test
  void aRecipeThatDistilsWithoutATeacher() throws IOException {
    Files.move(data, folder.resolve("elsewhere"));
    for (String type : new String[] {"hard", "soft"}) {
      assertRefused(
          2,
          List.of("distillation: expected a teacher (--teacher FILE)", "distillation=none", type),
          "--set",
          "distillation=" + type);
    }
  }

  @Test
  void aTeacherForARecipeThatDoesNotDistil() throws IOException {
    Path teacher = TinyModel.save(folder.resolve("teacher.safetensors"), FashionMnist.CLASS_NAMES);
    assertRefused(
        2,
        List.of("--teacher: expected a recipe that distils", "distillation: none"),
        "--teacher",
        teacher.toString(),
        "--set",
        "distillation=none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drop-pth=0.1         | drop-pth: no setting has this name | nearest is \"drop-path\"",
        "drop-path=1.5        | a number at least 0 and below 1    | found 1.5",
        "batch=0              | an integer from 1 to 65536         | found 0",
        "epochs=-1            | an integer from 1 to 1000000       | found -1",
        "lr=NaN               | lr: expected a number above 0      | found NaN",
        "lr=1e999             | lr: expected a number above 0      | found 1e999",
        "batch=many           | an integer from 1 to 65536         | found many",
        "seed=1.5             | seed: expected an integer          | found 1.5",
        "distilled=yes        | expected true or false             | found yes",
        "optimizer=adam       | one of adamw, sgd, momentum, lamb  | found adam",
        "mean=0.5             | a list of one number per channel   | found 0.5",
        "'mean=[0.5, 0.5]'    | one number for each of 1 channels  | [0.5, 0.5]",
        "patch-size=3         | a divisor of image-size 8          | found 3",
        "heads=3              | a divisor of width 16              | found 3",
        "batch                | --set: expected key=value          | found \"batch\""
      })
  void aSettingThatCannotBe(String set, String expected, String found) {
    assertRefused(2, List.of(expected, found), "--set", set);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "widht: 16        | widht: no setting has this name; the nearest is \"width\"",
        "width: 16        | width",
        "width: [         | recipe.yaml",
        "depth: {a: 1}    | depth"
      })
  void aRecipeThatCannotBe(String line, String message) throws IOException {
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, Files.readString(recipe) + line + "\n");
    assertRefused(2, List.of(recipe.toString(), message));
  }

  @Test
  void anUnknownRecipe() throws IOException {
    Cli result =
        Cli.run("train", "--recipe", "fashion-minst", "--data", data, "--out", training.out(RUN));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("found \"fashion-minst\"; the nearest is \"fashion-mnist\"");
    assertThat(training.out(RUN)).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--threads,   -1,   'expected 0 (all) or more'",
    "--threads,   two,  --threads",
    "--backend,   gpu,  'expected auto, cpu, openblas or cuda[:n]'",
    "--max-steps, 0,    expected 1 or more",
    "--max-bad,   -1,   expected 0 or more",
    "--seed,      best, --seed"
  })
  void anOptionThatCannotBe(String option, String value, String expected) {
    Cli result =
        Cli.run(
            "train",
            "--recipe",
            folder.resolve("recipe.yaml"),
            "--set",
            "distillation=none",
            "--data",
            data,
            "--out",
            training.out(RUN),
            option,
            value);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains(option, value, expected, "try: deit train --help");
    assertThat(training.out(RUN)).doesNotExist();
  }
}
