package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * {@link AttentionKernel} from matrix products and {@link Softmax}; with the scalar ones as
 * specified.
 */
final class ComposedAttention extends AttentionKernel {
  private final Gemm gemm;

  ComposedAttention(Gemm gemm, Softmax softmax) {
    super(softmax);
    this.gemm = gemm;
  }

  @Override
  public void forward(
      MemorySegment y,
      MemorySegment max,
      MemorySegment reciprocal,
      MemorySegment qkv,
      Sizes sizes,
      int unit,
      int from,
      int to,
      Scratch scratch) {
    int rows = to - from;
    int tokens = sizes.tokens();
    float[] maxima = new float[rows];
    float[] reciprocals = new float[rows];
    MemorySegment memory = scratch.floats(Slot.SCORES, (long) rows * sizes.stride());
    Matrix scores = new Matrix(memory, 0, rows, tokens, sizes.stride(), 1);
    Matrix keys = sizes.part(qkv, unit, 1);
    multiply(scores, sizes.part(qkv, unit, 0).rows(from, to), keys.transpose(), Epilogue.NONE);
    float[] exponentials = array(scores);
    softmax.exponentials(
        exponentials, rows, tokens, sizes.stride(), sizes.scale(), maxima, reciprocals);
    copy(exponentials, scores);
    MemorySegment.copy(maxima, 0, max, JAVA_FLOAT, 4 * sizes.kept(unit, from), rows);
    MemorySegment.copy(reciprocals, 0, reciprocal, JAVA_FLOAT, 4 * sizes.kept(unit, from), rows);
    Epilogue.Op divide =
        (block, at, none, row, column, count, columns, stride) -> {
          for (int i = 0; i < count; i++) {
            for (int j = at + i * stride; j < at + i * stride + columns; j++) {
              block[j] *= reciprocals[row + i];
            }
          }
        };
    multiply(
        sizes.head(y, unit).rows(from, to),
        scores,
        sizes.part(qkv, unit, 2),
        new Epilogue(null, null, divide));
  }

  @Override
  float[] scores(MemorySegment qkv, Sizes sizes, int unit, Scratch scratch) {
    Matrix scores = square(Slot.SCORES, sizes, scratch);
    Matrix keys = sizes.part(qkv, unit, 1);
    multiply(scores, sizes.part(qkv, unit, 0), keys.transpose(), Epilogue.NONE);
    return array(scores);
  }

  @Override
  public void backward(
      MemorySegment dqkv,
      MemorySegment dy,
      MemorySegment qkv,
      MemorySegment max,
      MemorySegment reciprocal,
      Sizes sizes,
      int unit,
      Scratch scratch) {
    int tokens = sizes.tokens();
    int stride = sizes.stride();
    float[] probabilities = scores(qkv, sizes, unit, scratch);
    softmax.probabilities(
        probabilities,
        tokens,
        tokens,
        stride,
        sizes.scale(),
        kept(max, sizes, unit),
        kept(reciprocal, sizes, unit));
    Matrix p = square(Slot.SCORES, sizes, scratch);
    copy(probabilities, p);
    Matrix out = sizes.head(dy, unit);
    multiply(sizes.part(dqkv, unit, 2), p.transpose(), out, Epilogue.NONE);
    Matrix ds = square(Slot.SCORE_GRADIENTS, sizes, scratch);
    multiply(ds, out, sizes.part(qkv, unit, 2).transpose(), Epilogue.NONE);
    float[] gradients = array(ds);
    softmax.backward(gradients, probabilities, tokens, tokens, stride, sizes.scale());
    copy(gradients, ds);
    multiply(sizes.part(dqkv, unit, 0), ds, sizes.part(qkv, unit, 1), Epilogue.NONE);
    multiply(sizes.part(dqkv, unit, 1), ds.transpose(), sizes.part(qkv, unit, 0), Epilogue.NONE);
  }

  private static Matrix square(Slot slot, Sizes sizes, Scratch scratch) {
    int tokens = sizes.tokens();
    MemorySegment memory = scratch.floats(slot, (long) tokens * sizes.stride());
    return new Matrix(memory, 0, tokens, tokens, sizes.stride(), 1);
  }

  private static float[] kept(MemorySegment x, Sizes sizes, int unit) {
    long from = 4 * sizes.kept(unit, 0);
    return x.asSlice(from, 4L * sizes.tokens()).toArray(JAVA_FLOAT);
  }

  private static float[] array(Matrix scores) {
    return scores.memory().asSlice(0, 4L * scores.rows() * scores.rowStride()).toArray(JAVA_FLOAT);
  }

  private static void copy(float[] from, Matrix scores) {
    MemorySegment.copy(from, 0, scores.memory(), JAVA_FLOAT, 0, from.length);
  }

  private void multiply(Matrix c, Matrix a, Matrix b, Epilogue epilogue) {
    gemm.multiply(Workers.SERIAL, c, Matrix.zeros(c.rows(), c.columns()), a, b, epilogue);
  }
}
