package io.github.deit4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropPathTest {
  private static final int IMAGES = 12;
  private static final int TOKENS = 5;
  private static final int WIDTH = 6;
  private static final int IMAGE = TOKENS * WIDTH;

  private final Backend backend = new CpuBackend(2);
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);
  private final SplittableRandom random = new SplittableRandom(5);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 12})
  void drawsDoNotDependOnTheSplitOfTheBatch(int micro) {
    float[] whole = new Draws(3, 17, 0).dropPath(4, 0.4, IMAGES);
    for (int from = 0; from < IMAGES; from += micro) {
      int to = Math.min(IMAGES, from + micro);
      float[] part = new Draws(3, 17, from).dropPath(4, 0.4, to - from);
      assertThat(part).containsExactly(Arrays.copyOfRange(whole, from, to));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 0.9})
  void dropsAtTheGivenRateAndKeepsTheMean(double rate) {
    int images = 20_000;
    float[] factors = new Draws(1, 2, 0).dropPath(0, rate, images);
    float kept = (float) (1 / (1 - rate));
    assertThat(factors).containsOnly(0f, kept);
    int dropped = 0;
    for (float factor : factors) {
      dropped += factor == 0 ? 1 : 0;
    }
    double deviation = Math.sqrt(rate * (1 - rate) / images);
    assertThat((double) dropped / images).isCloseTo(rate, within(5 * deviation));
  }

  @Test
  void seedStepAndBranchHaveDrawsOfTheirOwn() {
    float[] draws = new Draws(1, 2, 0).dropPath(3, 0.5, 64);
    assertThat(new Draws(1, 2, 0).dropPath(3, 0.5, 64)).containsExactly(draws);
    assertThat(new Draws(9, 2, 0).dropPath(3, 0.5, 64)).isNotEqualTo(draws);
    assertThat(new Draws(1, 9, 0).dropPath(3, 0.5, 64)).isNotEqualTo(draws);
    assertThat(new Draws(1, 2, 0).dropPath(9, 0.5, 64)).isNotEqualTo(draws);
  }

  @Test
  void nothingIsDroppedInEvaluationOrAtRateZero() {
    Tensor x = arena.allocate(IMAGES, TOKENS, WIDTH);
    Ops ops = Ops.inference(backend, arena);
    assertThat(ForwardPass.evaluation(ops).dropPath(0, 0.5, x)).isNull();
    ForwardPass training = ForwardPass.training(ops, new Draws(1, 2, 0));
    assertThat(training.dropPath(0, 0, x)).isNull();
    assertThat(training.dropPath(0, 0.5, x)).hasSize(IMAGES);
  }

  @Test
  void observedPassDropsTheSame() {
    Tensor x = arena.allocate(IMAGES, TOKENS, WIDTH);
    ForwardPass pass = ForwardPass.training(Ops.inference(backend, arena), new Draws(1, 2, 0));
    assertThat(pass.observedBy((name, tensor) -> {}).dropPath(0, 0.5, x))
        .containsExactly(pass.dropPath(0, 0.5, x));
  }

  @Test
  void blockWithoutBranchesIsExactlyTheIdentity() {
    Parameters parameters = new Parameters(backend, arena, name -> true);
    Pass pass = run(block(parameters, 1), new Draws(1, 2, 0));
    assertThat(pass.output()).containsExactly(pass.input());
    assertThat(pass.inputGradient()).containsExactly(pass.outputGradient());
    for (Parameter parameter : parameters.all()) {
      // Adding 0 to −0 gives 0, so both zeros are as good.
      assertThat(Tensors.floats(backend, parameter.gradient()))
          .as(parameter.name())
          .usingElementComparator((a, b) -> a.floatValue() == b.floatValue() ? 0 : 1)
          .containsOnly(0f);
    }
  }

  @Test
  void onlyDroppedImagesSkipTheBlock() {
    Draws draws = new Draws(1, 2, 0);
    Pass pass = run(block(new Parameters(backend, arena, name -> true), 0.6), draws);
    float[] attention = draws.dropPath(2, 0.6, IMAGES);
    float[] mlp = draws.dropPath(3, 0.6, IMAGES);
    int skipped = 0;
    for (int i = 0; i < IMAGES; i++) {
      boolean skips = attention[i] == 0 && mlp[i] == 0;
      skipped += skips ? 1 : 0;
      assertThat(Arrays.equals(image(pass.input(), i), image(pass.output(), i)))
          .as("image %d is passed on", i)
          .isEqualTo(skips);
      assertThat(Arrays.equals(image(pass.outputGradient(), i), image(pass.inputGradient(), i)))
          .as("gradient of image %d is passed on", i)
          .isEqualTo(skips);
    }
    assertThat(skipped).isBetween(1, IMAGES - 1);
  }

  private static float[] image(float[] batch, int index) {
    return Arrays.copyOfRange(batch, index * IMAGE, (index + 1) * IMAGE);
  }

  private record Pass(
      float[] input, float[] output, float[] outputGradient, float[] inputGradient) {}

  private Block block(Parameters make, double dropRate) {
    Block block =
        new Block(
            "blocks.1",
            1,
            make.layerNorm("norm1", WIDTH),
            new Block.Attention(
                make.linear("qkv", WIDTH, 3 * WIDTH), make.linear("proj", WIDTH, WIDTH), 2),
            null,
            make.layerNorm("norm2", WIDTH),
            new Block.Mlp(make.linear("fc1", WIDTH, 7), make.linear("fc2", 7, WIDTH)),
            null,
            dropRate);
    for (Parameter parameter : make.all()) {
      Tensor value = parameter.value();
      Tensors.write(backend, value, Tensors.gaussian(random, value.elements(), 1));
    }
    return block;
  }

  private Pass run(Block block, Draws draws) {
    float[] input = Tensors.gaussian(random, IMAGES * IMAGE, 1);
    float[] gradient = Tensors.gaussian(random, IMAGES * IMAGE, 1);
    Tape tape = new Tape(backend, arena);
    Tensor x = Tensors.of(backend, arena, input, IMAGES, TOKENS, WIDTH);
    tape.watch(x);
    Ops ops = Ops.recording(backend, arena, tape);
    Tensor y = block.forward(ForwardPass.training(ops, draws), x);
    tape.addGradient(y, Tensors.of(backend, arena, gradient, IMAGES, TOKENS, WIDTH));
    tape.backward();
    return new Pass(
        input, Tensors.floats(backend, y), gradient, Tensors.floats(backend, tape.gradient(x)));
  }
}
