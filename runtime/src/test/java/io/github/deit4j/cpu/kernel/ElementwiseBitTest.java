package io.github.deit4j.cpu.kernel;

import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class ElementwiseBitTest {
  private static final int MOST = 400;

  @Test
  void add(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      // The destination is one of the sources, or neither.
      int a = random.nextInt(2);
      int b = random.nextInt(3);
      cases.compareRanges(
          "add",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) -> kernels.elementwise().add(x[0], x[a], x[b], from, to));
    }
  }

  @Test
  void addScaled(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      float factor = Numbers.anyKind(random).next(random);
      int base = random.nextInt(2);
      int x1 = random.nextInt(3);
      cases.compareRanges(
          "addScaled",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) ->
              kernels.elementwise().addScaled(x[0], x[base], x[x1], factor, from, to));
    }
  }

  @Test
  void addMultiples(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      float factorA = Numbers.anyKind(random).next(random);
      float factorB = Numbers.anyKind(random).next(random);
      int a = random.nextInt(2);
      int b = random.nextInt(3);
      cases.compareRanges(
          "addMultiples",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) ->
              kernels.elementwise().addMultiples(x[0], x[a], factorA, x[b], factorB, from, to));
    }
  }

  @Test
  void scale(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      float factor = Numbers.anyKind(random).next(random);
      int source = random.nextInt(2);
      cases.compareRanges(
          "scale",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) -> kernels.elementwise().scale(x[0], x[source], factor, from, to));
    }
  }

  @Test
  void addRepeated(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, 2 * MOST);
      int period = random.nextInt(1, MOST);
      int source = random.nextInt(2);
      cases.compareRanges(
          "addRepeated with period " + period,
          Floats.randoms(random, size, size, period),
          size,
          (kernels, x, from, to) ->
              kernels.elementwise().addRepeated(x[0], x[source], x[2], period, from, to));
    }
  }
}
