package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Pipeline;
import io.github.deit4j.data.transform.RandomCrop;
import io.github.deit4j.data.transform.RandomHorizontalFlip;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.ShapeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchLoaderTest {
  private static final Transform AS_IT_IS = Pipeline.of();
  private static final Transform RANDOM =
      Pipeline.of(new RandomCrop(2, 1), new RandomHorizontalFlip(0.5));

  @Test
  void goesThroughAnEpochInItsOrderAndDropsTheRest() throws Exception {
    var order0 = new EpochOrder(11, 5, 0, 1);
    var order1 = new EpochOrder(11, 5, 1, 1);
    try (var loader =
        new BatchLoader(NumberedDataset.of(11), AS_IT_IS, setup(4, 5, 0, 0), 1, few(0))) {
      assertThat(loader.stepsPerEpoch()).isEqualTo(2);
      assertBatch(loader.next(), 0, 0, order0);
      assertBatch(loader.next(), 0, 1, order0);
      assertBatch(loader.next(), 1, 0, order1);
    }
  }

  private static void assertBatch(SampleBatch batch, int epoch, int step, EpochOrder order) {
    assertThat(batch.epoch()).isEqualTo(epoch);
    assertThat(batch.step()).isEqualTo(step);
    assertThat(batch.channels()).isEqualTo(1);
    assertThat(batch.height()).isEqualTo(2);
    assertThat(batch.width()).isEqualTo(2);
    for (int i = 0; i < batch.size(); i++) {
      int index = order.index(step * batch.size() + i);
      assertThat(NumberedDataset.indices(batch)[i]).isEqualTo(index);
      assertThat(batch.labels()[i]).isEqualTo(index % 2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void threadsChangeNothing(int threads) throws Exception {
    var dataset = NumberedDataset.of(23, 3, 4, 5, 17);
    BadImageLog ofOne = few(4);
    BadImageLog ofMany = few(4);
    try (var expected = new BatchLoader(dataset, RANDOM, setup(5, 9, 0, 0), 1, ofOne);
        var found = new BatchLoader(dataset, RANDOM, setup(5, 9, 0, 0), threads, ofMany)) {
      for (int i = 0; i < 10; i++) {
        assertSame(found.next(), expected.next());
        assertThat(ofMany.images()).isEqualTo(ofOne.images());
      }
    }
  }

  @Test
  void resumesWithTheSameBatches() throws Exception {
    var dataset = NumberedDataset.of(23);
    List<SampleBatch> batches = new ArrayList<>();
    try (var loader = new BatchLoader(dataset, RANDOM, setup(5, 9, 0, 0), 1, few(0))) {
      for (int i = 0; i < 12; i++) {
        batches.add(loader.next());
      }
    }
    for (int start = 0; start < 10; start++) {
      SampleBatch first = batches.get(start);
      try (var loader =
          new BatchLoader(dataset, RANDOM, setup(5, 9, first.epoch(), first.step()), 1, few(0))) {
        assertSame(loader.next(), first);
        assertSame(loader.next(), batches.get(start + 1));
      }
    }
  }

  @Test
  void startsTheNextEpochAtAnEpochsEnd() throws Exception {
    try (var loader =
        new BatchLoader(NumberedDataset.of(9), AS_IT_IS, setup(4, 0, 3, 2), 1, few(0))) {
      SampleBatch batch = loader.next();
      assertThat(batch.epoch()).isEqualTo(4);
      assertThat(batch.step()).isEqualTo(0);
    }
  }

  private static void assertSame(SampleBatch found, SampleBatch expected) {
    assertThat(found.epoch()).isEqualTo(expected.epoch());
    assertThat(found.step()).isEqualTo(expected.step());
    assertThat(found.pixels()).isEqualTo(expected.pixels());
    assertThat(found.labels()).isEqualTo(expected.labels());
  }

  @Test
  void drawsDifferFromSampleToSampleAndEpochToEpoch() throws Exception {
    Transform draws =
        (image, random) -> {
          int number = random.nextInt();
          byte[] bytes = {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8)};
          return new Image(1, 1, 3, bytes);
        };
    try (var loader = open(NumberedDataset.of(4), draws, 4)) {
      List<String> seen = new ArrayList<>();
      for (int step = 0; step < 3; step++) {
        byte[] pixels = loader.next().pixels();
        for (int i = 0; i < 4; i++) {
          seen.add(pixels[3 * i] + " " + pixels[3 * i + 1] + " " + pixels[3 * i + 2]);
        }
      }
      assertThat(seen).doesNotHaveDuplicates();
    }
  }

  @Test
  void theNextGoodImageOfTheOrderStandsInForABadOne() throws Exception {
    var order = new EpochOrder(8, 0, 0, 1);
    var dataset = NumberedDataset.of(8, order.index(1), order.index(2), order.index(7));
    List<BadImage> heard = new ArrayList<>();
    var log = new BadImageLog(3, heard::add);
    try (var loader = new BatchLoader(dataset, AS_IT_IS, setup(8, 0, 0, 0), 1, log)) {
      int[] indices = NumberedDataset.indices(loader.next());
      assertThat(indices)
          .containsExactly(
              order.index(0),
              order.index(3),
              order.index(3),
              order.index(3),
              order.index(4),
              order.index(5),
              order.index(6),
              order.index(0));
      assertThat(log.count()).isEqualTo(3);
      loader.next();
      assertThat(log.count()).as("each image once").isEqualTo(3);
      assertThat(heard).isEqualTo(log.images());
      assertThat(heard)
          .extracting(BadImage::index)
          .containsExactly(order.index(1), order.index(2), order.index(7));
      assertThat(heard.getFirst()).hasToString("image " + order.index(1) + ": torn");
    }
  }

  @Test
  void decodesAnImageOnceForItsCopies() throws Exception {
    var order = new EpochOrder(24, 5, 0, 3);
    var dataset = new CountingDataset(NumberedDataset.of(24, order.index(3)));
    var repeated = new BatchLoader.Setup(12, 5, 3, false, 0, 0);
    try (var loader = new BatchLoader(dataset, RANDOM, repeated, 1, few(1))) {
      SampleBatch first = loader.next();
      SampleBatch second = loader.next();
      assertThat(List.copyOf(dataset.decoded).subList(0, 9))
          .as("the second image can't be read and the third stands in for it")
          .containsExactlyElementsOf(
              IntStream.of(0, 3, 6, 6, 9, 12, 15, 18, 21).mapToObj(order::index).toList());
      for (SampleBatch batch : List.of(first, second)) {
        for (int i = 0; i < batch.size(); i++) {
          int position = batch.step() * 12 + i;
          int index = order.index(position < 3 || position > 5 ? position : 6);
          Image expected =
              RANDOM.apply(dataset.image(index), Purpose.TRANSFORM.stream(5, 0, position));
          byte[] found = Arrays.copyOfRange(batch.pixels(), 4 * i, 4 * i + 4);
          assertThat(found).as("position " + position).isEqualTo(expected.pixels());
          assertThat(batch.labels()[i]).isEqualTo(index % 2);
        }
      }
    }
  }

  @Test
  void decodesEachCopyForItselfAtAReducedSize() throws Exception {
    var dataset = new CountingDataset(NumberedDataset.of(6));
    var repeated = new BatchLoader.Setup(6, 0, 3, true, 0, 0);
    try (var loader = new BatchLoader(dataset, AS_IT_IS, repeated, 1, few(0))) {
      loader.next();
      var order = new EpochOrder(6, 0, 0, 3);
      assertThat(List.copyOf(dataset.decoded).subList(0, 6))
          .containsExactlyElementsOf(IntStream.range(0, 6).mapToObj(order::index).toList());
    }
  }

  /** Remembers which images were decoded, in this order. */
  private record CountingDataset(Dataset whole, List<Integer> decoded) implements DatasetView {
    CountingDataset(NumberedDataset images) {
      this(images, new CopyOnWriteArrayList<>());
    }

    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      decoded.add(index);
      return whole.image(index, reduction);
    }
  }

  @Test
  void countsABadImageOnlyWithTheBatchThatMetIt() throws Exception {
    var order = new EpochOrder(8, 0, 0, 1);
    var dataset = NumberedDataset.of(8, order.index(2));
    BadImageLog log = few(1);
    try (var loader = new BatchLoader(dataset, AS_IT_IS, setup(2, 0, 0, 0), 1, log)) {
      loader.next();
      assertThat(log.count()).isZero();
      loader.next();
      assertThat(log.count()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void oneBadImageTooManyEndsTheRun(int threads) throws Exception {
    var order = new EpochOrder(8, 0, 0, 1);
    var dataset = NumberedDataset.of(8, order.index(1), order.index(2), order.index(5));
    try (var loader = new BatchLoader(dataset, AS_IT_IS, setup(8, 0, 0, 0), threads, few(2))) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(TooManyBadImagesException.class)
          .hasMessageContainingAll(
              "more than 2",
              "image " + order.index(1) + ": torn",
              "image " + order.index(2) + ": torn",
              "image " + order.index(5) + ": torn",
              "--max-bad");
    }
  }

  @Test
  void aResumedRunGoesOnCounting() throws Exception {
    var order = new EpochOrder(4, 0, 0, 1);
    var dataset = NumberedDataset.of(4, order.index(0), order.index(3));
    var before = new BadImage(order.index(0), "image " + order.index(0), "torn");
    List<BadImage> heard = new ArrayList<>();
    BadImageLog log = new BadImageLog(2, heard::add).with(List.of(before));
    try (var loader = new BatchLoader(dataset, AS_IT_IS, setup(2, 0, 0, 1), 1, log)) {
      assertThat(log.count()).isEqualTo(1);
      loader.next();
      assertThat(log.count()).isEqualTo(2);
      assertThat(heard).extracting(BadImage::index).containsExactly(order.index(3));
    }
  }

  @Test
  void saysWhenNoImageCanBeRead() throws Exception {
    try (var loader =
        new BatchLoader(NumberedDataset.of(3, 0, 1, 2), AS_IT_IS, setup(2, 0, 0, 0), 1, few(10))) {
      assertThatThrownBy(loader::next)
          .isExactlyInstanceOf(DatasetException.class)
          .hasMessageContainingAll("none", "3 images", "torn");
    }
  }

  @Test
  void refusesADataSetSmallerThanABatch() {
    assertThatThrownBy(() -> open(NumberedDataset.of(3), AS_IT_IS, 4))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("3 images", "batch of 4");
  }

  @Test
  void refusesSettingsOutOfRange() {
    var dataset = NumberedDataset.of(8);
    assertThatThrownBy(() -> open(dataset, AS_IT_IS, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batch size");
    assertThatThrownBy(() -> new BatchLoader(dataset, AS_IT_IS, setup(4, 0, 0, 3), 1, few(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("0 to 2", "found 3");
    assertThatThrownBy(() -> new BatchLoader(dataset, AS_IT_IS, setup(1, 0, 0, 0), 0, few(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("thread");
  }

  @Test
  void refusesImagesOfSeveralShapes() throws Exception {
    Transform uneven =
        (image, random) -> {
          int side = 1 + image.pixels()[0];
          return new Image(1, side, side, new byte[side * side]);
        };
    try (var loader = open(NumberedDataset.of(2), uneven, 2)) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(ShapeException.class)
          .hasMessageContainingAll("1x1x1", "1x2x2", "crop");
    }
  }

  @Test
  void passesOnWhatATransformThrows() throws Exception {
    Transform broken =
        (image, random) -> {
          throw new UnsupportedOperationException("broken");
        };
    try (var loader = open(NumberedDataset.of(2), broken, 1)) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("broken");
    }
  }

  @Test
  void anInterruptedWaitLosesNothing() throws Exception {
    var gate = new CountDownLatch(1);
    Transform waits =
        (image, random) -> {
          await(gate);
          return image;
        };
    var dataset = NumberedDataset.of(4);
    try (var loader = open(dataset, waits, 2);
        var other = open(dataset, AS_IT_IS, 2)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(loader::next).isInstanceOf(InterruptedException.class);
      gate.countDown();
      assertSame(loader.next(), other.next());
    }
  }

  @Test
  void aBatchDoesNotWaitForTheImagesOfTheNext() throws Exception {
    var first = new CountDownLatch(1);
    var second = new CountDownLatch(1);
    var images = new AtomicInteger();
    Transform waits =
        (image, random) -> {
          int number = images.incrementAndGet();
          if (number > 3) {
            await(number == 4 ? first : second);
          }
          return image;
        };
    try (var loader = open(NumberedDataset.of(6), waits, 2)) {
      loader.next(); // starts the third batch before the second is decoded
      first.countDown();
      loader.next();
      second.countDown();
      assertThat(loader.next().step()).isEqualTo(2);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("it never came");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void refusesUseAfterClose() throws Exception {
    var loader = open(NumberedDataset.of(2), AS_IT_IS, 1);
    loader.close();
    assertThatThrownBy(loader::next).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closeEndsItsThreads() throws Exception {
    new BatchLoader(NumberedDataset.of(2), AS_IT_IS, setup(1, 0, 0, 0), 3, few(0)).close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("deit4j-data-")) {
        // The pool's work is over; its last thread may still be on its way out.
        assertThat(thread.join(Duration.ofSeconds(20))).as(thread.getName()).isTrue();
      }
    }
  }

  private static BadImageLog few(int limit) {
    return new BadImageLog(limit, image -> {});
  }

  private static BatchLoader.Setup setup(int batchSize, long seed, int epoch, int step) {
    return new BatchLoader.Setup(batchSize, seed, 1, false, epoch, step);
  }

  private static BatchLoader open(Dataset dataset, Transform transform, int batchSize)
      throws DatasetException {
    return new BatchLoader(dataset, transform, setup(batchSize, 0, 0, 0), 1, few(0));
  }

  /** Images of which one would be enormous when its shorter side is as long as it has to be. */
  private record OneOfExtremeShape(int size, int extreme) implements Dataset {
    @Override
    public int channels() {
      return 1;
    }

    @Override
    public List<String> classNames() {
      return List.of("only");
    }

    @Override
    public int label(int index) {
      return 0;
    }

    @Override
    public Image image(int index, Reduction reduction) {
      return index == extreme
          ? new Image(1, 100_000, 1, new byte[100_000])
          : new Image(1, 9, 8, new byte[72]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anImageOfExtremeShapeIsABadOne(int repeats) throws Exception {
    var dataset = new OneOfExtremeShape(8, 5);
    var transform = Pipeline.of(new Resize(24, Interpolation.BICUBIC), new RandomCrop(24, 0));
    BadImageLog bad = few(1);
    var setup = new BatchLoader.Setup(8, 3, repeats, false, 0, 0);
    try (var loader = new BatchLoader(dataset, transform, setup, 2, bad)) {
      for (int i = 0; i < 4; i++) {
        assertThat(loader.next().indices()).hasSize(8).doesNotContain(5);
      }
    }
    assertThat(bad.images())
        .singleElement()
        .asString()
        .startsWith("image 5: ")
        .contains("at most 16777216 pixels after resizing, found 57600000");
    try (var loader = new EvalLoader(dataset, transform, 8, 1, few(1)::add)) {
      assertThat(loader.next().orElseThrow().indices()).containsExactly(0, 1, 2, 3, 4, 6, 7);
    }
  }
}
