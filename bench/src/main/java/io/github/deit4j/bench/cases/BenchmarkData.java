package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The data of the benchmarks, the same in every run and for every peer. */
public final class BenchmarkData {
  private static final long SEED = 20_120_012;

  private BenchmarkData() {}

  /** Returns the first numbers of a sequence of numbers between −1 and 1. */
  public static float[] numbers(long count) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] numbers = new float[Math.toIntExact(count)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }

  /** Returns a tensor of such numbers. */
  public static Tensor tensor(Backend backend, TensorArena arena, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    backend.write(tensor, MemorySegment.ofArray(numbers(tensor.elements())));
    return tensor;
  }

  /** Returns the same as what a backend keeps activations in. */
  static Tensor activation(Backend backend, TensorArena arena, int... sizes) {
    if (backend.activationType() != DType.BF16) {
      return tensor(backend, arena, sizes);
    }
    Tensor tensor = arena.allocate(DType.BF16, Shape.of(sizes));
    float[] numbers = numbers(tensor.elements());
    short[] halves = new short[numbers.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = (short) (Float.floatToRawIntBits(numbers[i]) >>> Short.SIZE);
    }
    backend.write(tensor, MemorySegment.ofArray(halves));
    return tensor;
  }

  /** Returns normalised images, [batch, channels, size, size]. */
  public static float[] images(ModelConfig config, int batch) {
    long pixels = (long) config.channels() * config.imageSize() * config.imageSize();
    return numbers(batch * pixels);
  }

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
