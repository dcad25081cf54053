package io.github.deit4j.cli;

import static io.github.deit4j.cli.TrainingOnRanks.sets;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cli.TinyTraining.Weights;
import io.github.deit4j.cli.TrainingOnRanks.Setup;
import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.collective.Local;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.Image;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.train.Agreement.RanksDifferException;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
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
  @TempDir static Path folder;

  private static TrainingOnRanks runs;
  private static TinyTraining training;
  private static final Map<List<String>, String> EXPECTED = new HashMap<>();

  @BeforeAll
  static void makeData() throws IOException {
    runs = TrainingOnRanks.in(folder);
    training = runs.training();
    Files.writeString(folder.resolve("regnet.yaml"), TrainRegNetTest.RECIPE);
  }

  /** What one rank leaves that takes each effective batch at once. */
  private static String expected(List<String> sets) throws Exception {
    if (!EXPECTED.containsKey(sets)) {
      String run = "expected " + EXPECTED.size();
      List<String> whole = new ArrayList<>(sets);
      whole.addAll(List.of("batch=32", "accumulate=1"));
      runs.train(run, 1, whole);
      EXPECTED.put(sets, runs.left(run));
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
    runs.train(run, ranks, sets);
    assertThat(runs.left(run)).isEqualTo(expected);
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
        "repeated-aug=1",
        "sampling=balanced",
        "class-weights=[1,2,0.5,3,0,1.5,1,0.7,4,1]",
        "layer-decay=0.5",
        "select=best",
        "early-stop=1"
      })
  void neitherDoTheyWithOtherSettings(String set) throws Exception {
    List<String> sets = sets(set, "grain=5");
    runs.train("3 ranks, " + set, 3, sets);
    assertThat(runs.left("3 ranks, " + set)).isEqualTo(expected(sets));
  }

  /** What the heads see of the images is computed on every rank, or in every step. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "freeze=1",
        "freeze=backbone distillation=labels train-crop=center crop-padding=0 flip=0 erase=0"
            + " mixup=0 cutmix=0 dropout=0 auto-augment=none"
      })
  void neitherDoTheyWhereAPartIsFrozen(String frozen) throws Exception {
    if (!Files.exists(training.out("start"))) {
      runs.train("start", 1, sets());
    }
    List<String> more = new ArrayList<>(List.of(frozen.split(" ")));
    more.add("finetune=" + training.out("start").resolve("model.safetensors"));
    List<String> sets = sets(more.toArray(String[]::new));
    String run = "3 ranks, " + more.getFirst();
    runs.train(run, 3, sets);
    assertThat(runs.left(run)).isEqualTo(expected(sets));
  }

  @Test
  void aRunStoppedOnFourRanksGoesOnOnThree() throws Exception {
    runs.train("resumed", 4, sets(), Setup.steps(2));
    runs.train("resumed", 3, sets(), Setup.steps(4));
    runs.train("resumed", 1, sets());
    assertThat(weights("resumed")).isEqualTo(weightsOfExpected());
    assertThat(training.metrics("resumed")).isEqualTo(training.metrics("expected for resume"));
  }

  private static Weights weights(String run) throws IOException {
    return training.weights(run);
  }

  private static Weights weightsOfExpected() throws Exception {
    runs.train("expected for resume", 1, sets());
    return weights("expected for resume");
  }

  /** As a signal does that only one process gets. */
  @Test
  void oneRankStopsAllAfterTheSameStepWithACheckpoint() throws Exception {
    Setup stopping = Setup.of(setup -> setup.listener = rank -> new StopsAfterTwo(rank == 2));
    for (TrainingResult result : runs.train("stopped", 3, sets(), stopping)) {
      assertThat(result.cancelled()).isTrue();
      assertThat(result.step()).isEqualTo(2);
    }
    assertThat(training.out("stopped").resolve("latest")).hasContent("step-2\n");
    runs.train("stopped", 2, sets());
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
                      TrainingResult result = runs.trainRank("given up", ranks, sets, setup);
                      assertThat(result.givenUp()).isTrue();
                      assertThat(result.step()).isEqualTo(4);
                      ranks.abort(ExitCode.STOPPED, "a signal");
                      ended.countDown();
                      return result;
                    }))
        .hasCauseInstanceOf(CollectiveException.Aborted.class)
        .hasMessageContaining("a signal");
    assertThat(training.out("given up").resolve("latest")).hasContent("step-4\n");
    runs.train("given up", 3, sets);
    runs.train("not given up", 1, sets);
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
      runs.train("regnet " + ranks, ranks, sets, Setup.of(setup -> setup.recipe = "regnet.yaml"));
      left.add(runs.left("regnet " + ranks));
    }
    assertThat(left).allMatch(left.getFirst()::equals);
  }

  /** Images that cannot be read are replaced and counted as by one rank. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void unreadableImagesAreEverybodys(int size) throws Exception {
    List<Integer> seen = new ArrayList<>();
    runs.train("bad " + size, size, sets(), torn(3, seen));
    assertThat(seen).contains(7, 31, 64);
    String alone = "bad, one instead of " + size;
    List<Integer> seenAlone = new ArrayList<>();
    runs.train(alone, 1, sets(), torn(3, seenAlone));
    assertThat(runs.left("bad " + size)).isEqualTo(runs.left(alone));
    assertThatThrownBy(
            () -> runs.train("too many " + size, size, sets(), torn(1, new ArrayList<>())))
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
              setup.data = "files";
              setup.maxSteps = 1;
            });
    Setup toTheEnd = Setup.of(setup -> setup.data = "files");
    runs.train("files 1", 1, sets, toTheEnd);
    runs.train("files 3", 3, sets, toTheEnd);
    assertThat(runs.left("files 3")).isEqualTo(runs.left("files 1"));
    runs.train("changed", 3, sets, oneStep);
    assertThat(training.out("changed").resolve("checkpoints/step-1/contents.crc32c"))
        .hasSize(40 * Integer.BYTES);
    for (int i = 0; i < 40; i += 4) {
      Path file = files.resolve("train/class 0/" + i + ".bmp");
      Files.copy(files.resolve("train/class 1/" + (i + 1) + ".bmp"), file, REPLACE_EXISTING);
    }
    assertThatThrownBy(() -> runs.train("changed", 2, sets, toTheEnd))
        .hasCauseInstanceOf(DatasetException.class)
        .hasMessageContaining("expected the content that this run decoded before");
  }

  @Test
  void moreRanksThanGrainsAreRefused() {
    assertThatThrownBy(() -> runs.train("nine", 9, sets()))
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
    assertThatThrownBy(() -> runs.train("differ", 3, sets(), other))
        .hasCauseInstanceOf(RanksDifferException.class)
        .hasMessageContaining("rank 1: lr: 0.1, the others: 0.2");
  }

  @Test
  void theRankWithOtherDataIsNamed() {
    Setup other =
        Setup.of(
            setup ->
                setup.images = (rank, same) -> new Changed(same, List.of(), rank == 2 ? 15 : -1));
    assertThatThrownBy(() -> runs.train("other data", 3, sets(), other))
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
    assertThatThrownBy(() -> runs.train("failing", 3, sets(), failing))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("the disk is full");
  }
}
