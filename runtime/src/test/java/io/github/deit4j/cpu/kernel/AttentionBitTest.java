package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.gemm.Tiles;
import io.github.deit4j.cpu.kernel.AttentionKernel.Head;
import io.github.deit4j.cpu.kernel.AttentionKernel.Kept;
import io.github.deit4j.cpu.kernel.BitCases.Arithmetic;
import io.github.deit4j.op.AttentionOps.Sizes;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Arithmetic.class)
@ExtendWith(Seed.class)
class AttentionBitTest {
  private final Arithmetic arithmetic;

  AttentionBitTest(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  private static void compare(BitCases cases, Sizes sizes) {
    cases.compare(Kernels::attention, AttentionKernel.cases(sizes));
  }

  /** Now and then more than one block of queries; in two parts, or one: it makes no difference. */
  @Test
  void queriesInParts(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int round = 0; round < 300; round++) {
      int tokens = random.nextInt(1, random.nextInt(4) == 0 ? 150 : 40);
      int headWidth = random.nextInt(1, random.nextInt(4) == 0 ? 150 : 40);
      Sizes sizes = new Sizes(1, tokens, 1, headWidth);
      long n = (long) tokens * headWidth;
      cases.compareRanges(
          "queries of " + sizes,
          new MemorySegment[] {
            Floats.random(random, Numbers.anyKind(random), n),
            Floats.random(random, Numbers.anyKind(random), tokens),
            Floats.random(random, Numbers.anyKind(random), tokens),
            Floats.random(random, Numbers.anyKind(random), 3 * n)
          },
          tokens,
          (kernels, x, from, to) ->
              kernels
                  .attention()
                  .forward(
                      Matrix.of(x[0], tokens, headWidth),
                      new Kept(x[1], x[2]),
                      new Head(Matrix.of(x[3], tokens, 3 * headWidth), sizes, 0),
                      (int) from,
                      (int) to,
                      Scratch.ofThisThread()));
      cases.compare(Kernels::attention, AttentionKernel.cases(sizes).get(1));
    }
  }

  /** Around the longest row of scores that the vector kernels leave in rows. */
  @Test
  void manyTokens(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    int longest = Tiles.ROW_STRIDE;
    for (int tokens : new int[] {longest - 1, longest, longest + 1}) {
      Sizes sizes = new Sizes(1, tokens, 1, 5);
      compare(cases, sizes);
    }
  }

  /** Of channels more than the vector kernels leave in rows, and as in a DeiT. */
  @Test
  void headsOfManyChannelsAndOfWholeTiles(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int headWidth : new int[] {Tiles.ROW_STRIDE + 1, 64}) {
      for (int tokens : new int[] {198, random.nextInt(25, 80)}) {
        Sizes sizes = new Sizes(1, tokens, 1, headWidth);
        compare(cases, sizes);
      }
    }
  }

  /** Else {@code selfAttention} would be a product and attention after it, unnoticed. */
  @Test
  void headsOfEveryDeiTAreProjected() {
    Kernels kernels = Kernels.vector();
    for (int heads : new int[] {3, 6, 12}) {
      assertThat(projects(kernels, new Sizes(1, 198, heads, 64))).isTrue();
    }
    assertThat(projects(kernels, new Sizes(1, 198, 2, 13))).as("no whole panels").isFalse();
    assertThat(projects(Kernels.scalar(), new Sizes(1, 198, 3, 64))).isFalse();
  }

  private static boolean projects(Kernels kernels, Sizes sizes) {
    int width = sizes.width();
    MemorySegment numbers = Arena.ofAuto().allocate(JAVA_FLOAT, 3L * width * width);
    Matrix weight = Matrix.of(numbers, 3 * width, width).transpose();
    PackedB packed = kernels.gemm().pack(Workers.SERIAL, weight);
    Matrix bias = Matrix.repeatedRow(numbers, sizes.tokens(), 3 * width);
    return kernels.attention().projects(new AttentionKernel.Projection(packed, bias), sizes);
  }
}
