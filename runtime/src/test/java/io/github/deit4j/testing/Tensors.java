package io.github.deit4j.testing;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/** Moves numbers between Java arrays and a backend's tensors. */
public final class Tensors {
  private Tensors() {}

  /** Returns a new float32 tensor of the given sizes and values. */
  public static Tensor of(Backend backend, TensorArena arena, float[] values, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    write(backend, tensor, values);
    return tensor;
  }

  /** Sets all values of a float32 tensor. */
  public static void write(Backend backend, Tensor to, float[] values) {
    backend.write(to, MemorySegment.ofArray(values));
  }

  /** Returns all values of a float32 tensor. */
  public static float[] floats(Backend backend, Tensor from) {
    float[] values = new float[Math.toIntExact(from.elements())];
    backend.read(MemorySegment.ofArray(values), from);
    return values;
  }

  /** Returns all values of a float64 tensor. */
  public static double[] doubles(Backend backend, Tensor from) {
    double[] values = new double[Math.toIntExact(from.elements())];
    backend.read(MemorySegment.ofArray(values), from);
    return values;
  }

  /** Returns normally distributed numbers. */
  public static float[] gaussian(RandomGenerator random, long count, double deviation) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
