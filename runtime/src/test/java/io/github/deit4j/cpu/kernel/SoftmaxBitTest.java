package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class SoftmaxBitTest {
  @FunctionalInterface
  private interface Op {
    void run(float[] scores, float[] max, float[] reciprocal);
  }

  /** Rows of one call, with numbers of any kind where the kernels may leave anything behind. */
  private record Rows(int rows, int width, int stride, float scale) {
    static Rows random(RandomGenerator random) {
      int width = random.nextInt(1, 70);
      int stride = Softmax.stride(width) + 16 * random.nextInt(2);
      float scale = random.nextBoolean() ? 1f : 0.01f + random.nextFloat();
      return new Rows(random.nextInt(1, 5), width, stride, scale);
    }

    int size() {
      return rows * stride;
    }

    MemorySegment[] operands(RandomGenerator random) {
      return Floats.randoms(random, size(), rows, rows);
    }

    void exponentials(Kernels kernels, MemorySegment[] x) {
      onArrays(
          x,
          (scores, max, reciprocal) ->
              kernels
                  .attention()
                  .softmax
                  .exponentials(scores, rows, width, stride, scale, max, reciprocal));
      clearRests(x[0]);
    }

    void probabilities(Kernels kernels, MemorySegment[] x) {
      onArrays(
          x,
          (scores, max, reciprocal) ->
              kernels
                  .attention()
                  .softmax
                  .probabilities(scores, rows, width, stride, scale, max, reciprocal));
      clearRests(x[0]);
    }

    void backward(Kernels kernels, MemorySegment[] x) {
      float[] gradients = Floats.toArray(x[0], 0, size());
      float[] probabilities = Floats.toArray(x[1], 0, size());
      kernels.attention().softmax.backward(gradients, probabilities, rows, width, stride, scale);
      Floats.copyTo(x[0], 0, gradients);
      Floats.copyTo(x[1], 0, probabilities);
      clearRests(x[0]);
      clearRests(x[1]);
    }

    private void onArrays(MemorySegment[] x, Op op) {
      float[] scores = Floats.toArray(x[0], 0, size());
      float[] max = Floats.toArray(x[1], 0, rows);
      float[] reciprocal = Floats.toArray(x[2], 0, rows);
      op.run(scores, max, reciprocal);
      Floats.copyTo(x[0], 0, scores);
      Floats.copyTo(x[1], 0, max);
      Floats.copyTo(x[2], 0, reciprocal);
    }

    /** Makes probabilities of the exponentials. */
    void divide(MemorySegment[] x) {
      for (int i = 0; i < size(); i++) {
        float reciprocal = x[2].getAtIndex(JAVA_FLOAT, i / stride);
        x[0].setAtIndex(JAVA_FLOAT, i, x[0].getAtIndex(JAVA_FLOAT, i) * reciprocal);
      }
      clearRests(x[0]);
    }

    /** Sets what lies behind each row's end, which nobody may read, to the same everywhere. */
    private void clearRests(MemorySegment x) {
      for (int row = 0; row < rows; row++) {
        long end = (long) row * stride + width;
        x.asSlice(4 * end, 4L * (stride - width)).fill((byte) 0);
      }
    }
  }

  @Test
  void exponentials(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Rows rows = Rows.random(random);
      cases.compare("softmax of " + rows, rows.operands(random), rows::exponentials);
    }
  }

  @Test
  void extremeScores(RandomGenerator random) {
    float[] extremes = {
      Float.NEGATIVE_INFINITY, -1e30f, -120f, -0f, 0f, 1e30f, Float.POSITIVE_INFINITY, Float.NaN
    };
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Rows rows = Rows.random(random);
      MemorySegment[] operands = rows.operands(random);
      float most = extremes[random.nextInt(extremes.length)];
      float some = extremes[random.nextInt(extremes.length)];
      boolean all = random.nextBoolean();
      for (int i = 0; i < rows.size(); i++) {
        operands[0].setAtIndex(JAVA_FLOAT, i, all || random.nextInt(20) > 0 ? most : some);
      }
      cases.compare(
          "softmax of %s, mostly %s, some %s".formatted(rows, most, some),
          operands,
          rows::exponentials);
    }
  }

  @Test
  void probabilitiesAreExponentialsTimesReciprocals(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Rows rows = Rows.random(random);
      MemorySegment[] scores = rows.operands(random);
      MemorySegment[] forward = cases.compare("softmax of " + rows, scores, rows::exponentials);
      MemorySegment[] again =
          cases.compare(
              "softmax once more of " + rows,
              new MemorySegment[] {scores[0], forward[1], forward[2]},
              rows::probabilities);
      rows.divide(forward);
      Floats.assertSameBits("probabilities", again[0], forward[0], 0, rows.size());
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Rows rows = Rows.random(random);
      cases.compare(
          "softmax backward of " + rows,
          Floats.randoms(random, rows.size(), rows.size()),
          rows::backward);
    }
  }

  /** Sums of products that underflow to −0, which a rest filled with +0 would turn to +0. */
  @Test
  void backwardKeepsNegativeZeros(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int width = 17; width < 32; width++) {
      var rows = new Rows(1, width, Softmax.stride(width), 1f);
      float[] gradients = new float[rows.size()];
      float[] probabilities = new float[rows.size()];
      Arrays.fill(gradients, 0, width, -1e-30f);
      Arrays.fill(probabilities, 0, width, 1e-30f);
      gradients[width - 1] = -0f;
      cases.compare(
          "softmax backward of " + rows,
          new MemorySegment[] {
            Floats.copy(random, MemorySegment.ofArray(gradients)),
            Floats.copy(random, MemorySegment.ofArray(probabilities))
          },
          rows::backward);
    }
  }
}
