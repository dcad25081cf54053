package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The data of the model benchmarks, the same in every run and for every peer. */
public final class BenchmarkData {
  /** Of the models' first weights. */
  static final long SEED = 0;

  private BenchmarkData() {}

  static Tensor images(Backend backend, TensorArena arena, ModelConfig config, int batch) {
    int size = config.imageSize();
    Tensor images = arena.allocate(batch, config.channels(), size, size);
    backend.write(images, MemorySegment.ofArray(images(config, batch)));
    return images;
  }

  /** Returns normalised images, [batch, channels, size, size]. */
  public static float[] images(ModelConfig config, int batch) {
    long pixels = (long) config.channels() * config.imageSize() * config.imageSize();
    return RandomNumbers.array(batch * pixels);
  }

  /** Returns the true labels. */
  public static int[] labels(ModelConfig config, int batch) {
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> i % config.classes());
    return labels;
  }

  /** Returns the labels that the teacher gives, which are not all true. */
  public static int[] teacherLabels(ModelConfig config, int batch) {
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> (i + i % 3) % config.classes());
    return labels;
  }
}
