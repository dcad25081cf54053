package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.gemm.Tiles;
import io.github.deit4j.cpu.kernel.Attention.Sizes;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class AttentionBitTest {
  private static final int ROUNDS = 300;

  /** A small attention op of some images. */
  private record Case(int images, Sizes sizes, Numbers kind) {
    static Case random(RandomGenerator random) {
      // Now and then more than one block of queries.
      int tokens = random.nextInt(1, random.nextInt(4) == 0 ? 150 : 40);
      int headWidth = random.nextInt(1, random.nextInt(4) == 0 ? 150 : 40);
      float scale = (float) (1 / Math.sqrt(headWidth));
      var sizes = new Sizes(tokens, random.nextInt(1, 4), headWidth, scale);
      return new Case(random.nextInt(1, 3), sizes, Numbers.anyKind(random));
    }

    int units() {
      return images * sizes.heads();
    }

    int outputs() {
      return images * sizes.tokens() * sizes.width();
    }

    int rows() {
      return units() * sizes.tokens();
    }

    MemorySegment qkv(RandomGenerator random) {
      return Floats.random(random, kind, 3L * outputs());
    }

    void forward(Kernels kernels, MemorySegment[] x) {
      var attention = kernels.attention();
      // The queries in two parts, or one: it makes no difference.
      int cut = kernels.name().equals("vector") ? sizes.tokens() / 3 : 0;
      for (int unit = 0; unit < units(); unit++) {
        forward(attention, x, unit, 0, cut);
        forward(attention, x, unit, cut, sizes.tokens());
      }
    }

    private void forward(Attention attention, MemorySegment[] x, int unit, int from, int to) {
      Scratch scratch = Scratch.ofThisThread();
      attention.forward(x[0], x[1], x[2], x[3], sizes, unit, from, to, scratch);
    }

    void copyProbabilities(Kernels kernels, MemorySegment[] x) {
      var attention = kernels.attention();
      for (int unit = 0; unit < units(); unit++) {
        attention.copyProbabilities(x[0], x[1], sizes, unit, Scratch.ofThisThread());
      }
    }

    void backward(Kernels kernels, MemorySegment[] x) {
      var attention = kernels.attention();
      for (int unit = 0; unit < units(); unit++) {
        attention.backward(x[0], x[1], x[2], x[3], x[4], sizes, unit, Scratch.ofThisThread());
      }
    }
  }

  @Test
  void forwardAndBackward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      compare(cases, Case.random(random), random);
    }
  }

  private static void compare(BitCases cases, Case op, RandomGenerator random) {
    MemorySegment qkv = op.qkv(random);
    MemorySegment[] forward = Floats.randoms(random, op.outputs(), op.rows(), op.rows(), 1);
    forward[3] = qkv;
    MemorySegment[] kept = cases.compare("attention of " + op, forward, op::forward);
    MemorySegment[] backward = Floats.randoms(random, 3L * op.outputs(), op.outputs(), 1, 1, 1);
    backward[2] = qkv;
    backward[3] = kept[1];
    backward[4] = kept[2];
    cases.compare("attention backward of " + op, backward, op::backward);
  }

  /** Around the longest row of scores that the vector kernels leave in rows. */
  @Test
  void manyTokens(RandomGenerator random) {
    var cases = new BitCases(random);
    int longest = Tiles.ROW_STRIDE;
    for (int tokens : new int[] {longest - 1, longest, longest + 1}) {
      Sizes sizes = new Sizes(tokens, 1, 5, 0.4f);
      compare(cases, new Case(1, sizes, Numbers.anyKind(random)), random);
    }
  }

  /** Of channels more than the vector kernels leave in rows, and as in a DeiT. */
  @Test
  void headsOfManyChannelsAndOfWholeTiles(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int headWidth : new int[] {Tiles.ROW_STRIDE + 1, 64}) {
      for (int tokens : new int[] {198, random.nextInt(25, 80)}) {
        Sizes sizes = new Sizes(tokens, 1, headWidth, 0.1f);
        compare(cases, new Case(1, sizes, Numbers.anyKind(random)), random);
      }
    }
  }

  /** Else {@code selfAttention} would be a product and attention after it, unnoticed. */
  @Test
  void headsOfEveryDeiTAreProjected() {
    Kernels kernels = Kernels.vector();
    for (int heads : new int[] {3, 6, 12}) {
      assertThat(projects(kernels, new Sizes(198, heads, 64, 0.125f))).isTrue();
    }
    assertThat(projects(kernels, new Sizes(198, 2, 13, 0.1f))).as("no whole panels").isFalse();
    assertThat(projects(Kernels.scalar(), new Sizes(198, 3, 64, 0.125f))).isFalse();
  }

  private static boolean projects(Kernels kernels, Sizes sizes) {
    int width = sizes.width();
    MemorySegment numbers = Arena.ofAuto().allocate(JAVA_FLOAT, 3L * width * width);
    Matrix weight = Matrix.of(numbers, 3 * width, width).transpose();
    PackedB packed = kernels.gemm().pack(Workers.SERIAL, weight);
    Matrix bias = Matrix.repeatedRow(numbers, sizes.tokens(), 3 * width);
    return kernels.attention().projects(new Attention.Projection(packed, bias), sizes);
  }

  @Test
  void probabilities(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      Case op = Case.random(random);
      MemorySegment[] operands = {
        Floats.allocate(random, (long) op.rows() * op.sizes().tokens()), op.qkv(random)
      };
      cases.compare("probabilities of " + op, operands, op::copyProbabilities);
    }
  }
}
