package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ActivationCheckpointingTest {
  private static final int BATCH = 4;
  private static final int PIXELS = 3 * 30 * 30;
  private static final ViTConfig CONFIG =
      new ViTConfig(DeiTFamily.INSTANCE, 30, 5, 3, 7, 66, 12, 3, 264, true);

  private final Backend backend = new CpuBackend(2);
  private final VisionTransformer model = model();

  /** What one step computed and the bytes it took. */
  private record Step(Map<String, float[]> results, long bytes) {}

  private VisionTransformer model() {
    VisionTransformer created = new VisionTransformer(backend, CONFIG, true, 0.4);
    var random = new SplittableRandom(1);
    for (Parameter parameter : created.parameters()) {
      Tensor value = parameter.value();
      Tensors.write(backend, value, Tensors.gaussian(random, value.elements(), 0.2));
    }
    return created;
  }

  @AfterEach
  void close() {
    model.close();
    backend.close();
  }

  @Test
  void givesTheSameBitsInLessMemory() {
    Step kept = step(false);
    Step again = step(true);
    assertThat(again.results().keySet()).containsExactlyElementsOf(kept.results().keySet());
    kept.results()
        .forEach(
            (name, values) ->
                assertThat(again.results().get(name)).as(name).containsExactly(values));
    assertThat(kept.results().get("gradient of images")).isNotEqualTo(new float[BATCH * PIXELS]);
    assertThat(again.bytes()).as("bytes of arenas").isLessThan(kept.bytes() / 2);
  }

  @Test
  void changesNothingWithoutATape() {
    try (TensorArena arena = backend.arena("step", Long.MAX_VALUE);
        TensorArena block = backend.arena("block", Long.MAX_VALUE)) {
      ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, arena));
      Tensor images = images(arena);
      float[] expected = Tensors.floats(backend, model.forward(pass, images).classLogits());
      Logits logits = model.forward(pass.checkpointing(block), images);
      assertThat(Tensors.floats(backend, logits.classLogits())).containsExactly(expected);
    }
  }

  private Tensor images(TensorArena arena) {
    float[] pixels = Tensors.gaussian(new SplittableRandom(2), BATCH * PIXELS, 1);
    return Tensors.of(backend, arena, pixels, BATCH, 3, 30, 30);
  }

  private Step step(boolean checkpointing) {
    Map<String, float[]> results = new LinkedHashMap<>();
    try (TensorArena arena = backend.arena("step", Long.MAX_VALUE);
        TensorArena block = backend.arena("block", Long.MAX_VALUE)) {
      Tape tape = new Tape(backend, arena);
      Tensor images = images(arena);
      tape.watch(images);
      Ops ops = Ops.recording(backend, arena, tape);
      ForwardPass pass = ForwardPass.training(ops, new Draws(9, 4, 0));
      Logits logits = model.forward(checkpointing ? pass.checkpointing(block) : pass, images);
      model.parameters().forEach(parameter -> backend.fill(parameter.gradient(), 0f));
      tape.addGradient(logits.classLogits(), logits.classLogits());
      tape.addGradient(logits.distillation(), logits.distillation());
      tape.backward();
      results.put("class logits", Tensors.floats(backend, logits.classLogits()));
      results.put("gradient of images", Tensors.floats(backend, tape.gradient(images)));
      for (Parameter parameter : model.parameters()) {
        float[] gradient = Tensors.floats(backend, parameter.gradient());
        results.put("gradient of " + parameter.name(), gradient);
      }
      return new Step(results, arena.reservedBytes() + block.reservedBytes());
    }
  }
}
