package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Numbers between −1 and 1, the same in every run. */
public final class RandomNumbers {
  private static final long SEED = 20_120_012;

  private RandomNumbers() {}

  /** Returns the first numbers of the sequence. */
  public static float[] array(long count) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] numbers = new float[Math.toIntExact(count)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }

  /** Returns a tensor in the backend's memory. */
  public static Tensor tensor(Backend backend, TensorArena arena, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    backend.write(tensor, MemorySegment.ofArray(array(tensor.elements())));
    return tensor;
  }

  /** Returns a tensor in the host's memory. */
  public static Tensor tensor(TensorArena arena, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    tensor.segment().copyFrom(MemorySegment.ofArray(array(tensor.elements())));
    return tensor;
  }
}
