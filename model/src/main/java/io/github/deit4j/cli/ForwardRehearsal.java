package io.github.deit4j.cli;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiT;
import io.github.deit4j.vit.DeiTConfig;
import java.lang.foreign.MemorySegment;

/**
 * Forward passes of one block of made-up numbers, on a thread of their own, while the command line
 * and the files are read: a new JVM runs code a hundred times slower than it will, and so the image
 * finds the code of a short job loaded and compiled. Changes no result.
 */
final class ForwardRehearsal {
  private static final int PASSES = 2;
  private static final int IMAGE_SIZE = 224;
  private static final int CHANNELS = 3;

  /** The sizes of DeiT-Ti, but for the depth and the classes. */
  private static final DeiTConfig ONE_BLOCK =
      new DeiTConfig(IMAGE_SIZE, 16, CHANNELS, 10, 192, 1, 3, 768, true);

  private ForwardRehearsal() {}

  /** Starts; nobody has to wait for the end. */
  static void start() {
    Thread.ofPlatform().name("deit4j-rehearsal").daemon().start(ForwardRehearsal::run);
  }

  private static void run() {
    try (Backend backend = Backends.selectForShortJob("cpu", 1, Precision.FP32).backend();
        DeiT model = new DeiT(backend, ONE_BLOCK, false, 0);
        TensorArena arena = backend.arena("rehearsal", Long.MAX_VALUE)) {
      fill(model, backend);
      byte[] pixels = new byte[CHANNELS * IMAGE_SIZE * IMAGE_SIZE];
      for (int pass = 0; pass < PASSES; pass++) {
        arena.reset();
        Tensor images =
            ImageBatch.normalized(backend, arena, pixels, 1, IMAGE_SIZE, Normalize.IMAGENET);
        model.forward(ForwardPass.evaluation(Ops.inference(backend, arena)), images);
      }
    }
  }

  /** Gives every parameter small numbers of both signs, so that no branch looks dead. */
  private static void fill(DeiT model, Backend backend) {
    long most =
        model.parameters().stream()
            .mapToLong(parameter -> parameter.value().elements())
            .max()
            .orElseThrow();
    float[] numbers = new float[Math.toIntExact(most)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i % 31 - 15) / 100f;
    }
    for (Parameter parameter : model.parameters()) {
      Tensor value = parameter.value();
      backend.write(value, MemorySegment.ofArray(numbers).asSlice(0, 4 * value.elements()));
    }
  }
}
