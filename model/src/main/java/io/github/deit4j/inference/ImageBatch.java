package io.github.deit4j.inference;

import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;

/** Brings pixels to a backend as numbers. */
public final class ImageBatch {
  private ImageBatch() {}

  /** Copies a batch of prepared images to the backend and normalises them there. */
  public static Tensor normalized(
      Backend backend, TensorArena arena, SampleBatch batch, Preprocessing preprocessing) {
    return normalized(
        backend,
        arena,
        batch.pixels(),
        batch.size(),
        preprocessing.size(),
        preprocessing.normalize());
  }

  /**
   * Copies pixels to the backend and normalises them there.
   *
   * @param arena where pixels and numbers go
   * @param pixels unsigned bytes, [images, channels, size, size]
   * @param images how many images
   * @return float32 [images, channels, size, size]
   */
  public static Tensor normalized(
      Backend backend,
      TensorArena arena,
      byte[] pixels,
      int images,
      int size,
      Normalize normalize) {
    Shape shape = Shape.of(images, normalize.channels(), size, size);
    Tensor bytes = arena.allocate(DType.U8, shape);
    backend.write(bytes, MemorySegment.ofArray(pixels));
    Tensor numbers = arena.allocate(DType.F32, shape);
    backend.pixels().normalize(numbers, bytes, normalize.means(), normalize.deviations());
    return numbers;
  }
}
