package io.github.deit4j.inference;

import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.BatchingClassifier.Query;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns images, be they pixels or numbers, into logits. Pixels and numbers of a batch are two
 * passes. Not to be used by two threads at once.
 */
final class BatchInput implements AutoCloseable {
  private final Classifier classifier;
  private final Backend backend;
  private final Preprocessing preprocessing;
  private final TensorArena arena;
  private final BatchInference inference;

  BatchInput(Classifier classifier) {
    this.classifier = classifier;
    this.backend = classifier.backend();
    this.preprocessing = classifier.info().preprocessing();
    this.arena = backend.arena("batch");
    this.inference = new BatchInference(backend);
  }

  /** Returns the numbers of one image. */
  int elements() {
    return preprocessing.channels() * preprocessing.size() * preprocessing.size();
  }

  /** Returns each image's logits, as a row of its own. */
  List<LogitRows> logits(List<Query> queries) {
    arena.reset();
    List<Query> pixels = queries.stream().filter(query -> query.numbers() == null).toList();
    List<Query> numbers = queries.stream().filter(query -> query.numbers() != null).toList();
    LogitRows ofPixels = pixels.isEmpty() ? null : rows(normalized(pixels));
    LogitRows ofNumbers = numbers.isEmpty() ? null : rows(copied(numbers));
    List<LogitRows> rows = new ArrayList<>();
    int nextOfPixels = 0;
    int nextOfNumbers = 0;
    for (Query query : queries) {
      rows.add(
          query.numbers() == null
              ? ofPixels.image(nextOfPixels++)
              : ofNumbers.image(nextOfNumbers++));
    }
    return rows;
  }

  private LogitRows rows(Tensor input) {
    return LogitRows.of(backend, inference.logits(classifier.model(), input, arena));
  }

  private Tensor normalized(List<Query> queries) {
    var pixels = new ByteArrayOutputStream(elements() * queries.size());
    queries.forEach(query -> pixels.writeBytes(query.pixels().pixels()));
    return preprocessing.normalized(backend, arena, pixels.toByteArray(), queries.size());
  }

  private Tensor copied(List<Query> queries) {
    int size = preprocessing.size();
    Tensor input = arena.allocate(queries.size(), preprocessing.channels(), size, size);
    for (int i = 0; i < queries.size(); i++) {
      backend.write(input.slice(i, i + 1), MemorySegment.ofArray(queries.get(i).numbers()));
    }
    return input;
  }

  @Override
  public void close() {
    inference.close();
    arena.close();
  }
}
