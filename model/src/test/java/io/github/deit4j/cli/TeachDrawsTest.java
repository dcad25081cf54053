package io.github.deit4j.cli;

import static io.github.deit4j.cli.TrainingOnRanks.sets;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.deit4j.cli.TrainingOnRanks.Setup;
import io.github.deit4j.collective.Local;
import io.github.deit4j.data.set.IdxFiles;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.weights.SafetensorsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The answers of a teacher to every image that a recipe draws stand for the teacher, to the last
 * bit, for runs with the same images and for no others.
 */
class TeachDrawsTest {
  private static final String[] SOFT = {"distillation=soft"};

  @TempDir static Path folder;

  private static TrainingOnRanks runs;
  private static TinyTraining training;
  private static Path labels;
  private static Path logits;
  private static final Map<List<String>, String> LIVE = new HashMap<>();

  @BeforeAll
  static void teachOnce() throws IOException {
    runs = TrainingOnRanks.in(folder);
    training = runs.training();
    labels = teach("labels.safetensors");
    logits = teach("logits.safetensors", SOFT);
  }

  private static Path teach(String name, String... more) throws IOException {
    Cli taught = Cli.run(teachCommand(folder.resolve(name), more).toArray());
    assertThat(taught.code()).as(taught.err()).isZero();
    return folder.resolve(name);
  }

  private static List<String> teachCommand(Path out, String... more) {
    List<String> command = new ArrayList<>(List.of("teach", "--backend", "cpu"));
    command.addAll(List.of("--teacher", runs.teacher().toString()));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml").toString()));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    command.addAll(List.of("--out", out.toString()));
    command.addAll(options(sets(more)));
    return command;
  }

  private static List<String> options(List<String> sets) {
    return sets.stream().flatMap(set -> Stream.of("--set", set)).toList();
  }

  private static Cli train(String run, Path teacher, List<String> sets, String... more) {
    List<String> all = new ArrayList<>(List.of("--teacher", teacher.toString()));
    all.addAll(options(sets));
    all.addAll(List.of(more));
    return Cli.run(training.command(run, all.toArray(String[]::new)).toArray());
  }

  private static String left(String run, Cli result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    Files.delete(training.out(run).resolve("report.html")); // tells how long it took
    return runs.left(run);
  }

  /** What is left of a run with the teacher itself: weights, checkpoints, metrics. */
  private static String live(String... more) throws IOException {
    List<String> sets = sets(more);
    if (!LIVE.containsKey(sets)) {
      String run = "live " + LIVE.size();
      LIVE.put(sets, left(run, train(run, runs.teacher(), sets)));
    }
    return LIVE.get(sets);
  }

  @Test
  void labelsStandForTheTeacherOfAHardDistillation() throws IOException {
    assertThat(left("hard", train("hard", labels, sets()))).isEqualTo(live());
  }

  @Test
  void logitsStandForTheTeacherOfEither() throws IOException {
    assertThat(left("soft", train("soft", logits, sets(SOFT)))).isEqualTo(live(SOFT));
    assertThat(live(SOFT)).isNotEqualTo(live());
    Cli hard = train("hard by logits", logits, sets());
    assertThat(left("hard by logits", hard)).isEqualTo(live());
  }

  /** Student, loss, optimizer and length of the run are none of the images' business. */
  @Test
  void oneFileServesManyStudents() throws IOException {
    String[] other = {
      "width=8",
      "depth=1",
      "distilled=false",
      "epochs=1",
      "lr=1e-3",
      "alpha=0.3",
      "grain=8",
      "smoothing=0",
      "optimizer=lamb",
      "drop-path=0",
      "ema-decay=0.5"
    };
    assertThat(left("other", train("other", labels, sets(other)))).isEqualTo(live(other));
    assertThat(live(other)).isNotEqualTo(live());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixup-mode=elem",
        "mixup-group=16",
        "mixup=0 cutmix=0",
        "sampling=balanced repeated-aug=1",
        "train-images=70",
        "train-crop=random-resized auto-augment=3a",
        "precision=bf16"
      })
  void soDoTheAnswersToOtherImages(String settings) throws IOException {
    String[] sets = settings.split(" ");
    Path other = teach(settings + ".safetensors", sets);
    assertThat(left(settings, train(settings, other, sets(sets)))).isEqualTo(live(sets));
  }

  /** Also in the middle of an epoch, and from stored answers to the teacher and back. */
  @Test
  void aRunThatIsResumedEndsTheSame() throws IOException {
    List<String> sets = sets();
    assertThat(train("resumed", labels, sets, "--max-steps", "2").code()).isZero();
    assertThat(train("resumed", runs.teacher(), sets, "--resume", "--max-steps", "4").code())
        .isZero();
    assertThat(train("resumed", logits, sets, "--resume").code()).isZero();
    assertThat(train("at once", runs.teacher(), sets).code()).isZero();
    assertThat(training.weights("resumed")).isEqualTo(training.weights("at once"));
    assertThat(training.metrics("resumed")).isEqualTo(training.metrics("at once"));
  }

  @Test
  void itCannotGoOnWithTheAnswersOfAnotherTeacher() throws IOException {
    training.train("other teacher", "--set", "distilled=false", "--seed", "8");
    List<String> command = teachCommand(folder.resolve("of other.safetensors"));
    Path other = training.out("other teacher").resolve("model.safetensors");
    command.set(command.indexOf("--teacher") + 1, other.toString());
    assertThat(Cli.run(command.toArray()).code()).isZero();
    assertThat(train("of both", labels, sets(), "--max-steps", "2").code()).isZero();
    Cli result = train("of both", folder.resolve("of other.safetensors"), sets(), "--resume");
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains("teacher: ").doesNotContain("training-data");
  }

  @ParameterizedTest
  @CsvSource({"1, 4", "1, 32", "2, 8", "3, 1"})
  void neitherRanksNorMicroBatchesChangeAByte(int ranks, int batch) throws Exception {
    var stored = new TrainingOnRanks(training, labels);
    List<String> split = sets("batch=" + batch, "accumulate=" + 32 / batch);
    String run = "%d ranks, batch %d".formatted(ranks, batch);
    stored.train(run, ranks, split, Setup.of(setup -> setup.maxBad = 0));
    if (!Files.exists(training.out("one rank"))) {
      runs.train("one rank", 1, sets());
    }
    assertThat(runs.left(run)).isEqualTo(runs.left("one rank"));
  }

  @Test
  void ranksWithAnswersOfDifferentFilesDoNotTrain() throws Exception {
    Path other = folder.resolve("copy.safetensors");
    Files.copy(labels, other);
    var files = List.of(labels, other, logits);
    Throwable failure =
        catchThrowable(
            () ->
                Local.run(
                    3,
                    ranks ->
                        new TrainingOnRanks(training, files.get(ranks.rank()))
                            .trainRank(
                                "different files",
                                ranks,
                                sets(),
                                Setup.of(setup -> setup.maxBad = 0))));
    assertThat(failure).hasStackTraceContaining("rank 2: stored draws: ");
  }

  /** Names the setting and both values. */
  @ParameterizedTest
  @CsvSource({
    "seed=5, seed: 0 -> 5",
    "mixup=0.5, mixup: 0.8 -> 0.5",
    "cutmix=0, cutmix: 1 -> 0",
    "mixup-group=8, mixup-group: 0 -> 8",
    "erase=0, erase: 0.25 -> 0",
    "flip=0.4, flip: 0.5 -> 0.4",
    "crop-padding=2, crop-padding: 1 -> 2",
    "repeated-aug=1, repeated-aug: 3 -> 1",
    "batch=4, batch x accumulate: 32 -> 16",
    "train-images=96, train-images: 0 -> 96",
    "sampling=balanced, sampling: uniform -> balanced",
    "auto-augment=3a, auto-augment: none -> 3a",
    "precision=bf16, precision: fp32 -> bf16",
    "mean=[0.5], mean: [0.286] -> [0.5]"
  })
  void otherImagesAreRefused(String set, String difference) {
    Cli result = train("refused", labels, sets(set));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err())
        .contains(labels + ": expected the images that its teacher was asked about")
        .contains(difference, "deit teach");
    assertThat(training.out("refused")).doesNotExist();
  }

  @Test
  void whatHasNoAnswersIsRefused() {
    Cli more = train("refused", labels, sets("epochs=3"));
    assertThat(more.code()).isEqualTo(2);
    assertThat(more.err()).contains(labels + ": expected at most the 2 epochs", "epochs: 3");
    Cli soft = train("refused", labels, sets(SOFT));
    assertThat(soft.code()).isEqualTo(2);
    assertThat(soft.err()).contains(labels + ": expected a teacher's logits", "distillation=soft");
    Cli bad = train("refused", labels, sets(), "--max-bad", "1");
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err()).contains("--max-bad: expected 0 with a teacher's stored answers");
    assertThat(training.out("refused")).doesNotExist();
  }

  @Test
  void otherDataIsRefused() throws IOException {
    Path data = folder.resolve("other data");
    TinyFashionMnist.write(data, 8, TinyTraining.TRAIN_IMAGES, 20);
    Files.write(
        data.resolve(TinyFashionMnist.TRAIN_IMAGES),
        IdxFiles.gzip(TinyFashionMnist.images(TinyTraining.TRAIN_IMAGES, 8, 77)));
    List<String> command = training.command("refused", "--teacher", labels.toString());
    command.addAll(options(sets()));
    command.set(command.indexOf("--data") + 1, data.toString());
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isEqualTo(65);
    assertThat(result.err()).contains("training-data: ").doesNotContain("training-images: ");
    assertThat(training.out("refused")).doesNotExist();
  }

  @Test
  void aRecipeThatDoesNotDistilIsRefused() {
    Cli result = Cli.run(teachCommand(folder.resolve("none"), "distillation=labels").toArray());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("distillation: expected hard", "soft", "found labels");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void damagedAndTruncatedFilesAreSeenBeforeTheFirstStep() throws IOException {
    byte[] good = Files.readAllBytes(labels);
    int data;
    int contents;
    try (SafetensorsFile file = SafetensorsFile.open(labels)) {
      data = (int) (good.length - file.tensors().values().stream().mapToLong(t -> t.bytes()).sum());
      contents = data + (int) file.tensor("contents").offset();
      assertThat(file.tensor("labels").bytes()).isEqualTo(2 * 96);
    }
    Path damaged = folder.resolve("damaged.safetensors");
    String settings = new String(good, 0, data, ISO_8859_1);
    int digest = settings.indexOf("teacher-settings") + 30;
    for (int at : new int[] {digest, data, contents, good.length - 97, good.length - 1}) {
      byte[] bytes = good.clone();
      bytes[at] ^= 1;
      Files.write(damaged, bytes);
      Cli result = train("damaged", damaged, sets());
      assertThat(result.code()).as("byte %d: %s", at, result.err()).isEqualTo(65);
      assertThat(result.err()).contains(damaged + ": ");
    }
    for (int length : new int[] {good.length - 1, data, 100, 5}) {
      Files.write(damaged, Arrays.copyOf(good, length));
      Cli result = train("damaged", damaged, sets());
      assertThat(result.code()).as("%d bytes: %s", length, result.err()).isEqualTo(65);
      assertThat(result.err()).contains(damaged + ": ");
    }
    assertThat(training.out("damaged")).doesNotExist();
  }

  /** A damaged file under the name of an unfinished one is repaired where it is damaged. */
  @Test
  void whatIsDamagedIsComputedAgain() throws IOException {
    Path out = folder.resolve("repaired.safetensors");
    byte[] bytes = Files.readAllBytes(logits);
    bytes[bytes.length - 1] ^= 1;
    bytes[bytes.length - 6 * 32 * 40] ^= 1;
    Files.write(folder.resolve("repaired.safetensors.part"), bytes);
    Cli result = Cli.run(teachCommand(out, SOFT).toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("; 4 of 6 steps are there");
    assertThat(out).hasSameBinaryContentAs(logits);
    assertThat(folder.resolve("repaired.safetensors.part")).doesNotExist();
  }

  @Test
  void anUnfinishedFileOfOtherSettingsIsNotGoneOnWith() throws IOException {
    Path out = folder.resolve("begun.safetensors");
    Path part = Files.copy(labels, folder.resolve("begun.safetensors.part"));
    Cli seed = Cli.run(teachCommand(out, "seed=3", "epochs=1", "distillation=soft").toArray());
    assertThat(seed.code()).isEqualTo(2);
    assertThat(seed.err())
        .contains(part + ": expected the settings", "seed: 0 -> 3", "epochs: 2 -> 1")
        .contains("distillation: hard -> soft", "delete it");
    List<String> command = teachCommand(out);
    Path other = folder.resolve("untrained.safetensors");
    TinyModel.save(other, SavedModel.readInfo(ModelSource.of(runs.teacher())).classNames());
    command.set(command.indexOf("--teacher") + 1, other.toString());
    Cli teacher = Cli.run(command.toArray());
    assertThat(teacher.code()).isEqualTo(65);
    assertThat(teacher.err()).contains(part.toString(), "teacher: ");
    assertThat(part).hasSameBinaryContentAs(labels);
    Files.writeString(part, "mine");
    assertThat(Cli.run(teachCommand(out).toArray()).code()).isEqualTo(65);
    assertThat(part).hasContent("mine");
  }

  /** A signal ends the step at hand; kill -9 ends everything at once. */
  @ParameterizedTest
  @ValueSource(strings = {"TERM", "KILL"})
  void anInterruptedFileIsGoneOnWithAndHasTheSameBytes(String signal) throws Exception {
    String[] longer = {"epochs=200", "distillation=soft"};
    Path whole = folder.resolve("whole.safetensors");
    if (!Files.exists(whole)) {
      teach("whole.safetensors", longer);
    }
    Path out = folder.resolve(signal + ".safetensors");
    Path part = folder.resolve(signal + ".safetensors.part");
    try (ChildJvm child = ChildJvm.start(folder, "", teachCommand(out, longer))) {
      child.await(() -> Files.exists(part) && hasSteps(part));
      child.signal(signal);
      Cli stopped = child.result();
      assertThat(stopped.code()).as(stopped.err()).isEqualTo(signal.equals("TERM") ? 75 : 137);
      assertThat(out).doesNotExist();
    }
    Cli ended = Cli.run(teachCommand(out, longer).toArray());
    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.err()).containsPattern("; [1-9][0-9,]* of 600 steps are there");
    assertThat(out).hasSameBinaryContentAs(whole);
  }

  /** Whether the first steps have been written, whose answers are at the end but for the last. */
  private static boolean hasSteps(Path part) {
    try {
      byte[] bytes = Files.readAllBytes(part);
      int stepBytes = 32 * 40;
      int from = bytes.length - 600 * stepBytes;
      for (int i = from + 10 * stepBytes; i < from + 11 * stepBytes; i++) {
        if (bytes[i] != 0) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of a complete file nothing is left to do; others are nobody's to overwrite. */
  @Test
  void aFileThatIsThereStays() throws IOException {
    byte[] before = Files.readAllBytes(labels);
    Cli again = Cli.run(teachCommand(labels).toArray());
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.err()).contains("answers to 192 images are in " + labels);
    for (String set : List.of("seed=1", "crop-padding=0 mixup=0 cutmix=0 erase=0")) {
      Cli other = Cli.run(teachCommand(labels, set.split(" ")).toArray());
      assertThat(other.code()).as(other.err()).isEqualTo(2);
      assertThat(other.err()).contains("--out: expected a file that is not there yet");
    }
    assertThat(labels).hasBinaryContent(before);
    assertThat(folder.resolve("labels.safetensors.part")).doesNotExist();
  }

  @Test
  void tellsInJson() throws IOException {
    Path out = folder.resolve("json.safetensors");
    List<String> command = teachCommand(out);
    command.add("--json");
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("labels of a teacher for 2 epochs of 96 images");
    assertThat(result.json().get("images").asInt()).isEqualTo(2 * 96);
    assertThat(result.json().get("epochs").asInt()).isEqualTo(2);
    assertThat(result.json().get("stopped").asBoolean()).isFalse();
    assertThat(result.json().get("bytes").asLong()).isEqualTo(Files.size(out));
    assertThat(out).hasSameBinaryContentAs(labels);
  }

  /** Files may be exchanged for others as long, of which names and sizes say nothing. */
  @Test
  void anImageThatHasChangedSinceIsRefused() throws IOException {
    for (String split : List.of("train", "val")) {
      for (String name : List.of("bee", "cat")) {
        for (int i = 0; i < 8; i++) {
          picture(folder.resolve("pictures").resolve(split).resolve(name).resolve(i + ".bmp"), i);
        }
      }
    }
    List<String> model = onPictures("train", "model", "distillation=none", "distilled=false");
    assertThat(Cli.run(model.toArray()).code()).isZero();
    String weights = training.out("model").resolve("model.safetensors").toString();
    List<String> teach = onPictures("teach", "pictures.safetensors", "distillation=hard");
    teach.addAll(List.of("--teacher", weights));
    Cli taught = Cli.run(teach.toArray());
    assertThat(taught.code()).as(taught.err()).isZero();
    String stored = folder.resolve("pictures.safetensors").toString();
    List<String> byModel = onPictures("train", "by model", "distillation=hard");
    byModel.addAll(List.of("--teacher", weights));
    List<String> byFile = onPictures("train", "by file", "distillation=hard");
    byFile.addAll(List.of("--teacher", stored));
    String expected = left("by model", Cli.run(byModel.toArray()));
    assertThat(left("by file", Cli.run(byFile.toArray()))).isEqualTo(expected);

    picture(folder.resolve("pictures/train/cat/3.bmp"), 99);
    List<String> changed = onPictures("train", "changed", "distillation=hard");
    changed.addAll(List.of("--teacher", stored));
    Cli refused = Cli.run(changed.toArray());
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.err())
        .contains("3.bmp: expected the content that was decoded for the teacher of " + stored);

    Files.writeString(folder.resolve("pictures/train/cat/3.bmp"), "no picture");
    teach.set(teach.indexOf(stored), folder.resolve("with a bad one").toString());
    Cli bad = Cli.run(teach.toArray());
    assertThat(bad.code()).as(bad.err()).isEqualTo(2);
    assertThat(bad.err()).contains("3.bmp", "take it out of the data");
  }

  private static List<String> onPictures(String verb, String out, String... more) {
    List<String> command = new ArrayList<>(List.of(verb, "--backend", "cpu"));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml").toString()));
    command.addAll(List.of("--data", folder.resolve("pictures").toString()));
    command.addAll(List.of("--out", folder.resolve(out).toString()));
    List<String> sets = sets(more);
    sets.addAll(List.of("data=own-images", "channels=3", "batch=4", "accumulate=2"));
    command.addAll(options(sets));
    return command;
  }

  private static void picture(Path file, int seed) throws IOException {
    Files.createDirectories(file.getParent());
    var image = new BufferedImage(9, 8, BufferedImage.TYPE_3BYTE_BGR);
    var random = new SplittableRandom(file.getParent().hashCode() + seed);
    for (int at = 0; at < 72; at++) {
      image.setRGB(at % 9, at / 9, random.nextInt());
    }
    ImageIO.write(image, "bmp", file.toFile());
  }
}
