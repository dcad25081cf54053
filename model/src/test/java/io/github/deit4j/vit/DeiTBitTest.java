package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise of exact repetition on a whole model: kernels, threads and the split of the batch
 * change no bit of logits, losses and gradients. Sizes are odd, and large enough that every op is
 * cut into several tasks.
 */
class DeiTBitTest {
  private static final int BATCH = 6;
  private static final int CLASSES = 13;
  private static final ViTConfig CONFIG =
      new ViTConfig(DeiTFamily.INSTANCE, 30, 5, 3, CLASSES, 81, 2, 3, 77, true);
  private static final int PIXELS = 3 * 30 * 30;
  private static final double DROP_PATH = 0.3;
  private static final Map<String, long[]> EXPECTED =
      train(new CpuBackend(1, Kernels.scalar()), BATCH);

  @ParameterizedTest
  @CsvSource({"scalar, 2", "vector, 1", "vector, 2", "vector, 3"})
  void kernelsAndThreadsChangeNoBit(String kernels, int threads) {
    Kernels set = kernels.equals("vector") ? Kernels.vector() : Kernels.scalar();
    assertSameBits(train(new CpuBackend(threads, set), BATCH));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void splitOfTheBatchChangesNoBit(int micro) {
    assertSameBits(train(new CpuBackend(2), micro));
  }

  @Test
  void imagesLogitsDoNotDependOnTheRestOfItsBatch() {
    try (Backend backend = new CpuBackend(2);
        VisionTransformer model = model(backend, false)) {
      float[] images = pixels();
      float[] together = logits(backend, model, images);
      for (int i = 0; i < BATCH; i++) {
        float[] alone = Arrays.copyOfRange(images, i * PIXELS, (i + 1) * PIXELS);
        assertThat(logits(backend, model, alone))
            .as("logits of image %d", i)
            .containsExactly(Arrays.copyOfRange(together, i * 2 * CLASSES, (i + 1) * 2 * CLASSES));
      }
    }
  }

  private static void assertSameBits(Map<String, long[]> got) {
    assertThat(got.keySet()).containsExactlyElementsOf(EXPECTED.keySet());
    EXPECTED.forEach(
        (name, bits) ->
            assertThat(Arrays.mismatch(got.get(name), bits))
                .as("index of the first element of %s with other bits", name)
                .isEqualTo(-1));
  }

  private static VisionTransformer model(Backend backend, boolean trainable) {
    VisionTransformer model = new VisionTransformer(backend, CONFIG, trainable, DROP_PATH);
    var random = new SplittableRandom(1);
    for (Parameter parameter : model.parameters()) {
      Tensor value = parameter.value();
      Tensors.write(backend, value, Tensors.gaussian(random, value.elements(), 0.2));
    }
    return model;
  }

  private static float[] pixels() {
    return Tensors.gaussian(new SplittableRandom(2), BATCH * PIXELS, 1);
  }

  private static Tensor images(Backend backend, TensorArena arena, float[] pixels) {
    int size = CONFIG.imageSize();
    return Tensors.of(backend, arena, pixels, pixels.length / PIXELS, 3, size, size);
  }

  /** Returns the logits of both heads, image after image. */
  private static float[] logits(Backend backend, VisionTransformer model, float[] pixels) {
    try (TensorArena arena = backend.arena("step", Long.MAX_VALUE)) {
      Logits logits =
          model.forward(
              ForwardPass.evaluation(Ops.inference(backend, arena)),
              images(backend, arena, pixels));
      float[] first = Tensors.floats(backend, logits.classLogits());
      float[] second = Tensors.floats(backend, logits.distillation());
      float[] both = new float[2 * first.length];
      for (int i = 0; i < first.length / CLASSES; i++) {
        System.arraycopy(first, i * CLASSES, both, 2 * i * CLASSES, CLASSES);
        System.arraycopy(second, i * CLASSES, both, (2 * i + 1) * CLASSES, CLASSES);
      }
      return both;
    }
  }

  /** Trains on parts of {@code micro} images; closes the backend. Returns bits by name. */
  private static Map<String, long[]> train(Backend backend, int micro) {
    var results = new LinkedHashMap<String, long[]>();
    try (backend;
        VisionTransformer model = model(backend, true);
        TensorArena batch = backend.arena("batch", Long.MAX_VALUE);
        TensorArena step = backend.arena("step", Long.MAX_VALUE)) {
      var samples = new Batch(backend, batch);
      for (int from = 0; from < BATCH; from += micro) {
        step.reset();
        part(backend, model, step, samples, from, Math.min(BATCH, from + micro), results);
      }
      for (Parameter parameter : model.parameters()) {
        append(results, "gradient of " + parameter.name(), bits(backend, parameter.gradient()));
      }
    }
    return results;
  }

  private record Batch(Tensor images, Tensor targets, Tensor teacher) {
    Batch(Backend backend, TensorArena arena) {
      this(
          DeiTBitTest.images(backend, arena, pixels()),
          rows(backend, arena, 3),
          rows(backend, arena, 4));
    }

    private static Tensor rows(Backend backend, TensorArena arena, int seed) {
      float[] rows = Tensors.gaussian(new SplittableRandom(seed), BATCH * CLASSES, 1);
      return Tensors.of(backend, arena, rows, BATCH, CLASSES);
    }
  }

  private static void part(
      Backend backend,
      VisionTransformer model,
      TensorArena step,
      Batch batch,
      int from,
      int to,
      Map<String, long[]> results) {
    Tape tape = new Tape(backend, step);
    Tensor images = batch.images().slice(from, to);
    tape.watch(images);
    Ops ops = Ops.recording(backend, step, tape);
    Logits logits = model.forward(ForwardPass.training(ops, new Draws(9, 4, from)), images);
    double[] losses =
        new DistillationLoss(DistillationType.SOFT, 0.4, 1.5, SoftReduction.IMAGE)
            .compute(
                backend,
                step,
                tape,
                logits,
                batch.targets().slice(from, to),
                batch.teacher().slice(from, to),
                BATCH)
            .total();
    tape.backward();
    append(results, "class logits", bits(backend, logits.classLogits()));
    append(results, "distillation logits", bits(backend, logits.distillation()));
    append(results, "gradient of images", bits(backend, tape.gradient(images)));
    append(results, "losses", DoubleStream.of(losses).mapToLong(Double::doubleToLongBits));
  }

  private static LongStream bits(Backend backend, Tensor tensor) {
    float[] values = Tensors.floats(backend, tensor);
    return IntStream.range(0, values.length).mapToLong(i -> Float.floatToIntBits(values[i]));
  }

  private static void append(Map<String, long[]> results, String name, LongStream bits) {
    LongStream before = LongStream.of(results.getOrDefault(name, new long[0]));
    results.put(name, LongStream.concat(before, bits).toArray());
  }
}
