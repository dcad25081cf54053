package io.github.deit4j.cli;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cli.TinyTraining.Weights;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.collective.Local;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.ModelTeacher;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Agreement.RanksDifferException;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise for many ranks: the same weights, metrics and checkpoints to the last byte for any
 * number of them. Ranks are threads here, each with a backend, data and teacher of its own. Three
 * ranks matter: two have only one order in which to add.
 */
@Timeout(120)
class RanksTest {
  /** The paper's recipe, as far as grey images of 8 × 8 allow: everything that draws or mixes. */
  private static final List<String> EVERYTHING =
      List.of(
          "grain=4",
          "mixup=0.8",
          "cutmix=1",
          "repeated-aug=3",
          "erase=0.25",
          "dropout=0.1",
          "checkpoint-minutes=0");

  @TempDir static Path folder;

  private static TinyTraining training;
  private static Path teacher;
  private static final Map<List<String>, String> EXPECTED = new HashMap<>();

  @BeforeAll
  static void makeData() throws IOException {
    training = TinyTraining.in(folder);
    training.trainTeacher();
    teacher = training.out("teacher").resolve("model.safetensors");
    Files.writeString(folder.resolve("regnet.yaml"), TrainRegNetTest.RECIPE);
  }

  private static List<String> sets(String... more) {
    Map<String, String> sets = new LinkedHashMap<>();
    Stream.concat(EVERYTHING.stream(), Stream.of(more))
        .forEach(set -> sets.put(set.substring(0, set.indexOf('=')), set));
    return new ArrayList<>(sets.values());
  }

  /** How ranks train, where they differ from the usual. */
  private static final class Setup {
    private Path recipe = folder.resolve("recipe.yaml");
    private Path data = folder.resolve("data");
    private int maxSteps = Integer.MAX_VALUE;
    private int maxBad = 3;
    private BiFunction<Integer, List<String>, List<String>> sets = (rank, same) -> same;
    private BiFunction<Integer, Dataset, Dataset> images = (rank, same) -> same;
    private IntFunction<TrainingListener> listener = rank -> new TrainingListener() {};

    private static Setup of(Consumer<Setup> changes) {
      Setup setup = new Setup();
      changes.accept(setup);
      return setup;
    }

    private static Setup steps(int most) {
      return of(setup -> setup.maxSteps = most);
    }
  }

  private static List<TrainingResult> train(String run, int size, List<String> sets)
      throws Exception {
    return train(run, size, sets, new Setup());
  }

  private static List<TrainingResult> train(String run, int size, List<String> sets, Setup setup)
      throws Exception {
    return Local.run(size, ranks -> trainRank(run, ranks, sets, setup));
  }

  private static TrainingResult trainRank(
      String run, Collective ranks, List<String> sets, Setup setup) throws Exception {
    Recipe recipe = Recipe.load(setup.recipe.toString(), setup.sets.apply(ranks.rank(), sets));
    Precision precision = recipe.get(Settings.PRECISION);
    var format = Datasets.named(recipe.get(Settings.DATA));
    Path data = setup.data;
    var environment = new Environment("1", "cpu", 1, List.of(), Map.of());
    boolean distils = recipe.get(Settings.DISTILLATION).needsTeacher();
    try (Backend backend = Backends.select("cpu", 1, precision).backend();
        Teacher teaches = distils ? ModelTeacher.load(teacher, backend) : null;
        Dataset train = setup.images.apply(ranks.rank(), format.open(data, Split.TRAIN));
        Dataset test = setup.images.apply(ranks.rank(), format.open(data, Split.TEST));
        RunFolder out =
            ranks.rank() > 0 ? null : RunFolder.resume(training.out(run), recipe, environment)) {
      return new Trainer(
              backend,
              recipe,
              train,
              test,
              teaches,
              out,
              setup.listener.apply(ranks.rank()),
              1,
              setup.maxSteps,
              setup.maxBad,
              System::nanoTime,
              ranks)
          .train();
    }
  }

  /** Everything that a run leaves and no clock has a part in. */
  private static String left(String run) throws IOException {
    Map<String, String> left = new TreeMap<>();
    training
        .files(run)
        .forEach(
            (file, digest) -> {
              String name = file.toString();
              if (!name.endsWith("environment.json")
                  && !name.endsWith("metrics.jsonl")
                  && !name.endsWith("recipe.yaml")) {
                left.put(name, digest);
              }
            });
    assertThat(left).containsKeys("model.safetensors", "model-ema.safetensors", "results.json");
    return left.entrySet().stream().map(Object::toString).collect(Collectors.joining("\n"))
        + training.metrics(run);
  }

  /** What one rank leaves that takes each effective batch at once. */
  private static String expected(List<String> sets) throws Exception {
    if (!EXPECTED.containsKey(sets)) {
      String run = "expected " + EXPECTED.size();
      List<String> whole = new ArrayList<>(sets);
      whole.addAll(List.of("batch=32", "accumulate=1"));
      train(run, 1, whole);
      EXPECTED.put(sets, left(run));
    }
    return EXPECTED.get(sets);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 8, fp32",
    "2, 32, fp32",
    "3, 1, fp32",
    "4, 8, fp32",
    "8, 32, fp32",
    "1, 4, bf16",
    "2, 32, bf16",
    "3, 8, bf16"
  })
  void neitherRanksNorMicroBatchesChangeAByte(int ranks, int batch, String precision)
      throws Exception {
    List<String> sets = sets("precision=" + precision);
    String expected = expected(sets);
    sets.addAll(List.of("batch=" + batch, "accumulate=" + 32 / batch));
    String run = "%d ranks, batch %d, %s".formatted(ranks, batch, precision);
    train(run, ranks, sets);
    assertThat(left(run)).isEqualTo(expected);
  }

  /** Partners on other ranks, in groups that shares cut; grains that do not divide the batch. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixup-group=16",
        "mixup-mode=pair",
        "mixup-mode=elem",
        "mixup=0",
        "distillation=none",
        "distillation=soft",
        "optimizer=lamb",
        "activation-checkpointing=true",
        "repeated-aug=1"
      })
  void neitherDoTheyWithOtherSettings(String set) throws Exception {
    List<String> sets = sets(set, "grain=5");
    train("3 ranks, " + set, 3, sets);
    assertThat(left("3 ranks, " + set)).isEqualTo(expected(sets));
  }

  @Test
  void aRunStoppedOnFourRanksGoesOnOnThree() throws Exception {
    train("resumed", 4, sets(), Setup.steps(2));
    train("resumed", 3, sets(), Setup.steps(4));
    train("resumed", 1, sets());
    assertThat(weights("resumed")).isEqualTo(weightsOfExpected());
    assertThat(training.metrics("resumed")).isEqualTo(training.metrics("expected for resume"));
  }

  private static Weights weights(String run) throws IOException {
    return training.weights(run);
  }

  private static Weights weightsOfExpected() throws Exception {
    train("expected for resume", 1, sets());
    return weights("expected for resume");
  }

  /** As a signal does that only one process gets. */
  @Test
  void oneRankStopsAllAfterTheSameStepWithACheckpoint() throws Exception {
    Setup stopping = Setup.of(setup -> setup.listener = rank -> new StopsAfterTwo(rank == 2));
    for (TrainingResult result : train("stopped", 3, sets(), stopping)) {
      assertThat(result.cancelled()).isTrue();
      assertThat(result.step()).isEqualTo(2);
    }
    assertThat(training.out("stopped").resolve("latest")).hasContent("step-2\n");
    train("stopped", 2, sets());
    assertThat(weights("stopped")).isEqualTo(weightsOfExpected());
  }

  /** Asks to stop when two steps are done, if it asks at all. */
  private static final class StopsAfterTwo implements TrainingListener {
    private final boolean asks;
    private int step;

    StopsAfterTwo(boolean asks) {
      this.asks = asks;
    }

    @Override
    public void stepDone(StepReport report) {
      step = report.step();
    }

    @Override
    public boolean cancelled() {
      return asks && step == 2;
    }
  }

  /** A signal ends the first rank while it waits for another one, whose images do not come. */
  @Test
  void theFirstRankGivesUpAStepThatAnotherNeverEnds() throws Exception {
    List<String> sets = sets("mixup=0", "cutmix=0", "repeated-aug=1");
    var first = new FourSteps();
    var ended = new CountDownLatch(1);
    var imagesOfFourSteps = new AtomicInteger(4 * 32 / 2);
    Runnable stuck =
        () -> {
          if (imagesOfFourSteps.decrementAndGet() < 0) {
            await(first.done);
            first.giveUp.run();
            await(ended);
          }
        };
    Setup setup =
        Setup.of(
            with -> {
              with.listener = rank -> rank == 0 ? first : new TrainingListener() {};
              with.images =
                  (rank, images) ->
                      rank == 1 && images.size() == TinyTraining.TRAIN_IMAGES
                          ? new WatchedDataset(images, stuck)
                          : images;
            });
    assertThatThrownBy(
            () ->
                Local.run(
                    2,
                    ranks -> {
                      TrainingResult result = trainRank("given up", ranks, sets, setup);
                      assertThat(result.givenUp()).isTrue();
                      assertThat(result.step()).isEqualTo(4);
                      ranks.abort(ExitCode.STOPPED, "a signal");
                      ended.countDown();
                      return result;
                    }))
        .hasCauseInstanceOf(CollectiveException.Aborted.class)
        .hasMessageContaining("a signal");
    assertThat(training.out("given up").resolve("latest")).hasContent("step-4\n");
    train("given up", 3, sets);
    train("not given up", 1, sets);
    assertThat(weights("given up")).isEqualTo(weights("not given up"));
    assertThat(training.metrics("given up")).isEqualTo(training.metrics("not given up"));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Knows when four steps are done. */
  private static final class FourSteps implements TrainingListener {
    private final CountDownLatch done = new CountDownLatch(4);
    private volatile Runnable giveUp;

    @Override
    public void giveUpBy(Runnable action) {
      giveUp = action;
    }

    @Override
    public void stepDone(StepReport report) {
      done.countDown();
    }
  }

  /** Running statistics follow every grain's, in order, whichever rank had it. */
  @Test
  void batchNormKnowsNoRanks() throws Exception {
    List<String> sets = List.of("batch=4", "accumulate=5", "checkpoint-minutes=0");
    List<String> left = new ArrayList<>();
    for (int ranks : new int[] {1, 2, 3}) {
      train(
          "regnet " + ranks,
          ranks,
          sets,
          Setup.of(setup -> setup.recipe = folder.resolve("regnet.yaml")));
      left.add(left("regnet " + ranks));
    }
    assertThat(left).allMatch(left.getFirst()::equals);
  }

  /** Images that cannot be read are replaced and counted as by one rank. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void unreadableImagesAreEverybodys(int size) throws Exception {
    List<Integer> seen = new ArrayList<>();
    train("bad " + size, size, sets(), torn(3, seen));
    assertThat(seen).contains(7, 31, 64);
    String alone = "bad, one instead of " + size;
    List<Integer> seenAlone = new ArrayList<>();
    train(alone, 1, sets(), torn(3, seenAlone));
    assertThat(left("bad " + size)).isEqualTo(left(alone));
    assertThatThrownBy(() -> train("too many " + size, size, sets(), torn(1, new ArrayList<>())))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TooManyBadImagesException.class);
  }

  /** Some images are torn; tells what the first rank hears of them. */
  private static Setup torn(int allowed, List<Integer> seen) {
    return Setup.of(
        setup -> {
          setup.maxBad = allowed;
          setup.images = (rank, images) -> new Changed(images, List.of(7, 31, 64), -1);
          setup.listener =
              rank ->
                  new TrainingListener() {
                    @Override
                    public void badImage(BadImage image) {
                      if (rank == 0) {
                        seen.add(image.index());
                      }
                    }
                  };
        });
  }

  /** A data set of which some images are torn, and one has another label. */
  private record Changed(Dataset whole, List<Integer> torn, int relabelled) implements DatasetView {
    @Override
    public int label(int index) {
      return index == relabelled ? (whole.label(index) + 1) % 10 : whole.label(index);
    }

    @Override
    public List<Integer> rightClasses(int index) {
      return List.of(label(index));
    }

    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      if (torn.contains(index)) {
        throw new CorruptImageException(name(index), "it is torn");
      }
      return whole.image(index, reduction);
    }
  }

  /** Checksums of files are everybody's too, whoever decoded them first. */
  @Test
  void anImageMayNotChangeWhicheverRankDecodesIt() throws Exception {
    Path files = folder.resolve("files");
    for (int i = 0; i < 50; i++) {
      Path file =
          files.resolve(i < 40 ? "train" : "val").resolve("class " + i % 2 + "/" + i + ".bmp");
      Files.createDirectories(file.getParent());
      var picture = new BufferedImage(8, 8, BufferedImage.TYPE_3BYTE_BGR);
      picture.setRGB(i % 8, i / 8, 0xABCDEF);
      ImageIO.write(picture, "bmp", file.toFile());
    }
    List<String> sets = sets("data=image-folder", "channels=3", "distillation=none");
    Setup oneStep =
        Setup.of(
            setup -> {
              setup.data = files;
              setup.maxSteps = 1;
            });
    Setup toTheEnd = Setup.of(setup -> setup.data = files);
    train("files 1", 1, sets, toTheEnd);
    train("files 3", 3, sets, toTheEnd);
    assertThat(left("files 3")).isEqualTo(left("files 1"));
    train("changed", 3, sets, oneStep);
    assertThat(training.out("changed").resolve("checkpoints/step-1/contents.crc32c"))
        .hasSize(40 * Integer.BYTES);
    for (int i = 0; i < 40; i += 4) {
      Path file = files.resolve("train/class 0/" + i + ".bmp");
      Files.copy(files.resolve("train/class 1/" + (i + 1) + ".bmp"), file, REPLACE_EXISTING);
    }
    assertThatThrownBy(() -> train("changed", 2, sets, toTheEnd))
        .hasCauseInstanceOf(DatasetException.class)
        .hasMessageContaining("expected the content that this run decoded before");
  }

  @Test
  void moreRanksThanGrainsAreRefused() {
    assertThatThrownBy(() -> train("nine", 9, sets()))
        .hasCauseInstanceOf(RecipeException.class)
        .hasMessageContaining("9 ranks")
        .hasMessageContaining("8 grains");
  }

  @Test
  void theRankWithAnotherRecipeIsNamed() {
    Setup other =
        Setup.of(
            setup ->
                setup.sets =
                    (rank, same) ->
                        Stream.concat(same.stream(), Stream.of(rank == 1 ? "lr=0.1" : "lr=0.2"))
                            .toList());
    assertThatThrownBy(() -> train("differ", 3, sets(), other))
        .hasCauseInstanceOf(RanksDifferException.class)
        .hasMessageContaining("rank 1: lr: 0.1, the others: 0.2");
  }

  @Test
  void theRankWithOtherDataIsNamed() {
    Setup other =
        Setup.of(
            setup ->
                setup.images = (rank, same) -> new Changed(same, List.of(), rank == 2 ? 15 : -1));
    assertThatThrownBy(() -> train("other data", 3, sets(), other))
        .hasCauseInstanceOf(RanksDifferException.class)
        .hasMessageContaining("rank 2: training images: 100 images, labels ");
  }

  /** A full disk, for instance: the others do not wait for ever. */
  @Test
  void aFailureOfTheFirstRankEndsTheOthers() {
    Setup failing =
        Setup.of(
            setup ->
                setup.listener =
                    rank ->
                        new TrainingListener() {
                          @Override
                          public void stepDone(StepReport report) {
                            if (rank == 0 && report.step() == 2) {
                              throw new IllegalStateException("the disk is full");
                            }
                          }
                        });
    assertThatThrownBy(() -> train("failing", 3, sets(), failing))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("the disk is full");
  }
}
