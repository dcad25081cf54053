package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class ChannelsBitTest {
  private static final int ROUNDS = 3_000;

  @Test
  void pooling(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 50);
      int pixels = random.nextInt(1, 30);
      int image = random.nextInt(2);
      long map = 2L * pixels * channels;
      cases.compare(
          "average, channels " + channels,
          Floats.randoms(random, 2L * channels, map),
          (kernels, x) -> kernels.channels().average(x[0], x[1], pixels, channels, image));
      cases.compare(
          "average backward, channels " + channels,
          Floats.randoms(random, map, map, 2L * channels),
          (kernels, x) ->
              kernels.channels().averageBackward(x[0], x[1], x[2], pixels, channels, image));
    }
  }

  @Test
  void scaling(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 50);
      int pixels = random.nextInt(1, 30);
      int image = random.nextInt(2);
      long map = 2L * pixels * channels;
      cases.compare(
          "scale, channels " + channels,
          Floats.randoms(random, map, map, 2L * channels),
          (kernels, x) -> kernels.channels().scale(x[0], x[1], x[2], pixels, channels, image));
      cases.compare(
          "scale backward, channels " + channels,
          Floats.randoms(random, map, 2L * channels, map, map, 2L * channels),
          (kernels, x) ->
              kernels
                  .channels()
                  .scaleBackward(x[0], x[1], x[2], x[3], x[4], pixels, channels, image));
    }
  }

  @Test
  void activations(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int size = random.nextInt(1, 100);
      cases.compareRanges(
          "relu",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) -> kernels.activations().relu(x[0], x[1], from, to));
      cases.compareRanges(
          "relu backward",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) -> kernels.activations().reluBackward(x[0], x[1], x[2], from, to));
      cases.compareRanges(
          "sigmoid",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) -> kernels.activations().sigmoid(x[0], x[1], from, to));
      cases.compareRanges(
          "sigmoid backward",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) ->
              kernels.activations().sigmoidBackward(x[0], x[1], x[2], from, to));
    }
  }
}
