package io.github.deit4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A block has one forward: whoever trains it, uses it or looks on, the bits are the same. */
class BlockTest {
  private static final int IMAGES = 5;
  private static final int TOKENS = 7;
  private static final int WIDTH = 32;
  private static final int HIDDEN = 48;

  private final Backend backend = new CpuBackend(2);
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);
  private final SplittableRandom random = new SplittableRandom(7);
  private final Parameters make = new Parameters(backend, arena, name -> true);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private Block block(boolean scaled, double dropRate) {
    Block block =
        new Block(
            "blocks.1",
            1,
            make.layerNorm("norm1", WIDTH),
            new Block.Attention(
                make.linear("qkv", WIDTH, 3 * WIDTH), make.linear("proj", WIDTH, WIDTH), 2),
            scaled ? make.add("ls1.gamma", WIDTH) : null,
            make.layerNorm("norm2", WIDTH),
            new Block.Mlp(make.linear("fc1", WIDTH, HIDDEN), make.linear("fc2", HIDDEN, WIDTH)),
            scaled ? make.add("ls2.gamma", WIDTH) : null,
            dropRate);
    for (Parameter parameter : make.all()) {
      Tensor value = parameter.value();
      Tensors.write(backend, value, Tensors.gaussian(random, value.elements(), 0.5));
    }
    return block;
  }

  private Tensor input() {
    float[] values = Tensors.gaussian(random, (long) IMAGES * TOKENS * WIDTH, 1);
    return Tensors.of(backend, arena, values, IMAGES, TOKENS, WIDTH);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void observersPreparedWeightsAndATapeChangeNoBit(boolean scaled) {
    Block block = block(scaled, 0.4);
    Tensor x = input();
    ForwardPass evaluation = ForwardPass.evaluation(Ops.inference(backend, arena));
    float[] expected = Tensors.floats(backend, block.forward(evaluation, x));
    List<String> seen = new ArrayList<>();
    ForwardPass observed = evaluation.observedBy((name, tensor) -> seen.add(name));
    assertThat(Tensors.floats(backend, block.forward(observed, x))).containsExactly(expected);
    assertThat(seen)
        .containsExactly(
            "blocks.1.norm1", "blocks.1.attn.qkv", "blocks.1.attn", "blocks.1.mlp", "blocks.1");
    Ops recording = Ops.recording(backend, arena, new Tape(backend, arena));
    assertThat(Tensors.floats(backend, block.forward(ForwardPass.evaluation(recording), x)))
        .containsExactly(expected);
    make.all().stream()
        .filter(parameter -> parameter.value().shape().rank() == 2)
        .forEach(parameter -> backend.linear().prepare(parameter.value()));
    assertThat(Tensors.floats(backend, block.forward(evaluation, x))).containsExactly(expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void observersChangeNoGradient(boolean scaled) {
    Block block = block(scaled, 0.4);
    Tensor x = input();
    Tensor slope = input();
    List<float[]> alone = gradients(block, x, slope, false);
    List<float[]> observed = gradients(block, x, slope, true);
    assertThat(alone.getLast()).isNotEqualTo(new float[alone.getLast().length]);
    for (int i = 0; i < alone.size(); i++) {
      assertThat(observed.get(i)).as("gradient %d", i).containsExactly(alone.get(i));
    }
  }

  /** Those of the input and of all parameters. */
  private List<float[]> gradients(Block block, Tensor x, Tensor slope, boolean observed) {
    make.all().forEach(parameter -> backend.fill(parameter.gradient(), 0f));
    Tape tape = new Tape(backend, arena);
    tape.watch(x);
    ForwardPass pass =
        ForwardPass.training(Ops.recording(backend, arena, tape), new Draws(1, 2, 0));
    if (observed) {
      pass = pass.observedBy((name, tensor) -> {});
    }
    Tensor y = block.forward(pass, x);
    tape.addGradient(y, slope);
    tape.backward();
    List<float[]> gradients = new ArrayList<>();
    gradients.add(Tensors.floats(backend, tape.gradient(x)));
    make.all().forEach(each -> gradients.add(Tensors.floats(backend, each.gradient())));
    return gradients;
  }

  @Test
  void aScaleOfOneIsNone() {
    Block block = block(true, 0);
    backend.fill(block.scale1().value(), 1f);
    backend.fill(block.scale2().value(), 1f);
    Block plain =
        new Block(
            block.name(),
            block.index(),
            block.norm1(),
            block.attention(),
            null,
            block.norm2(),
            block.mlp(),
            null,
            0);
    Tensor x = input();
    ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, arena));
    assertThat(Tensors.floats(backend, block.forward(pass, x)))
        .containsExactly(Tensors.floats(backend, plain.forward(pass, x)));
  }
}
