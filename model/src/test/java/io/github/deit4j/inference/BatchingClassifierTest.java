package io.github.deit4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.inference.BatchingClassifier.Explained;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class BatchingClassifierTest {
  private static final int IMAGES = 12;
  private static final int THREADS = 64;
  private static final int CALLS = 30;

  @TempDir Path folder;
  private ServedModel model;
  private final List<Image> images = new ArrayList<>();

  @BeforeEach
  void load() throws Exception {
    model = ServedModel.distilled(folder);
    for (int i = 0; i < IMAGES; i++) {
      images.add(ImageDecoder.decode("image", ServedModel.png(10 + i, 20 - i / 2, i)));
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  /** Prediction is a record of doubles, whose equality is that of their bits. */
  @Test
  void anImageHasOneValueWhateverItsBatch() throws Exception {
    List<List<Prediction>> alone = new ArrayList<>();
    try (Classifier.Session session = model.classifier().openSession()) {
      images.forEach(image -> alone.add(session.classify(image, 5)));
    }
    Map<Integer, Set<List<Prediction>>> seen = new ConcurrentHashMap<>();
    Set<Integer> batchSizes = ConcurrentHashMap.newKeySet();
    try (BatchingClassifier batching =
            BatchingClassifier.builder(model.classifier())
                .maxBatch(7)
                .maxWait(Duration.ofMillis(1))
                .onBatch(batchSizes::add)
                .start();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Void>> clients = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        clients.add(
            () -> {
              for (int call = 0; call < CALLS; call++) {
                int image = (first + call * 5) % IMAGES;
                List<Prediction> found = batching.classify(images.get(image), 5).get();
                seen.computeIfAbsent(image, _ -> ConcurrentHashMap.newKeySet()).add(found);
              }
              return null;
            });
      }
      for (Future<Void> client : threads.invokeAll(clients)) {
        client.get();
      }
    }
    assertThat(batchSizes).contains(7).hasSizeGreaterThan(1);
    for (int i = 0; i < IMAGES; i++) {
      assertThat(seen.get(i)).as("image %d", i).containsExactly(alone.get(i));
    }
  }

  /** With pixels and questions for attention in the same batch. */
  @Test
  void numbersGiveTheLogitsOfPixels() throws Exception {
    Image image = images.getFirst();
    Image ready = model.classifier().info().preprocessing().prepare(image);
    float[] numbers = normalized(ready);
    try (BatchingClassifier batching =
        BatchingClassifier.builder(model.classifier())
            .maxBatch(4)
            .maxWait(Duration.ofSeconds(50))
            .start()) {
      CompletableFuture<List<Prediction>> ofPixels = batching.classify(image, 5);
      List<CompletableFuture<LogitRows>> ofNumbers = batching.logits(List.of(numbers, numbers));
      CompletableFuture<Explained> explained = batching.explain(image, 5);
      List<Prediction> expected = ofPixels.get();
      assertThat(model.classifier().best(ofNumbers.get(0).get(), 5)).isEqualTo(expected);
      assertThat(model.classifier().best(ofNumbers.get(1).get(), 5)).isEqualTo(expected);
      assertThat(explained.get().predictions()).isEqualTo(expected);
      assertThat(explained.get().attention().rollout(0)).isEqualTo(attention(image).rollout(0));
    }
  }

  private AttentionMaps attention(Image image) {
    Classifier classifier = model.classifier();
    return AttentionMaps.of(classifier.backend(), classifier.model(), classifier.info(), image);
  }

  private float[] normalized(Image ready) {
    Classifier classifier = model.classifier();
    try (TensorArena arena = classifier.backend().arena("test")) {
      Tensor numbers =
          classifier
              .info()
              .preprocessing()
              .normalized(classifier.backend(), arena, ready.pixels(), 1);
      return classifier.backend().toArray(numbers);
    }
  }

  /** A server that is not ready yet may have been asked for more than it can take already. */
  @Test
  void warmsUpBesideAFullQueue() throws Exception {
    CountDownLatch atWork = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (BatchingClassifier batching =
        BatchingClassifier.builder(model.classifier())
            .maxBatch(1)
            .queue(1)
            .onBatch(
                _ -> {
                  atWork.countDown();
                  awaitQuietly(goOn);
                })
            .start()) {
      CompletableFuture<List<Prediction>> first = batching.classify(images.getFirst(), 1);
      CompletableFuture<List<Prediction>> second;
      try {
        atWork.await();
        second = batching.classify(images.getFirst(), 1);
        assertThatThrownBy(() -> batching.classify(images.getFirst(), 1))
            .isInstanceOf(QueueFullException.class);
        batching.warmUp(images.getFirst());
      } finally {
        goOn.countDown(); // or closing would wait for ever
      }
      assertThat(second.get()).isEqualTo(first.get());
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void freesItsMemory() throws Exception {
    int arenas = TensorArena.open();
    try (BatchingClassifier batching = BatchingClassifier.builder(model.classifier()).start()) {
      batching.classify(images.getFirst(), 1).get();
      assertThat(TensorArena.open()).isGreaterThan(arenas);
    }
    assertThat(TensorArena.open()).isEqualTo(arenas);
  }

  @Test
  void refusesWhatItCannotTake() throws Exception {
    try (BatchingClassifier batching = BatchingClassifier.builder(model.classifier()).start()) {
      assertThatThrownBy(() -> batching.logits(List.of(new float[7])))
          .isInstanceOf(ShapeException.class)
          .hasMessage("image: expected 432 numbers, found 7");
      Image thin = new Image(1, 1, 10_000_000, new byte[10_000_000]);
      assertThatThrownBy(() -> batching.classify(thin, 1))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("pixels after resizing");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchingClassifier.builder(model.classifier()).maxBatch(0))
        .withMessage("maxBatch: expected 1 or more, found 0");
  }
}
