package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.op.AttentionOps.Sizes;
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
  public void forward(Matrix y, Kept kept, Head head, int from, int to, Scratch scratch) {
    Sizes sizes = head.sizes();
    int rows = to - from;
    int tokens = sizes.tokens();
    float[] maxima = new float[rows];
    float[] reciprocals = new float[rows];
    MemorySegment memory = scratch.floats(Slot.SCORES, (long) rows * stride(sizes));
    Matrix scores = new Matrix(memory, 0, rows, tokens, stride(sizes), 1);
    multiply(scores, head.queries().rows(from, to), head.keys().transpose(), Epilogue.NONE);
    float[] exponentials = array(scores);
    softmax.exponentials(
        exponentials, rows, tokens, stride(sizes), sizes.scale(), maxima, reciprocals);
    copy(exponentials, scores);
    kept.write(head, from, maxima, reciprocals, rows);
    Epilogue.Op divide =
        (block, at, none, row, column, count, columns, stride) -> {
          for (int i = 0; i < count; i++) {
            for (int j = at + i * stride; j < at + i * stride + columns; j++) {
              block[j] *= reciprocals[row + i];
            }
          }
        };
    Matrix out = head.in(y).rows(from, to);
    multiply(out, scores, head.values(), new Epilogue(null, null, divide));
  }

  @Override
  float[] scores(Head head, Scratch scratch) {
    Matrix scores = square(Slot.SCORES, head.sizes(), scratch);
    multiply(scores, head.queries(), head.keys().transpose(), Epilogue.NONE);
    return array(scores);
  }

  @Override
  public void backward(Matrix dqkv, Matrix dy, Head head, Kept kept, Scratch scratch) {
    Sizes sizes = head.sizes();
    int tokens = sizes.tokens();
    int stride = stride(sizes);
    Head gradient = new Head(dqkv, sizes, head.unit());
    Matrix out = head.in(dy);
    float[] probabilities = scores(head, scratch);
    float[] maxima = kept(kept.max(), head);
    float[] reciprocals = kept(kept.reciprocal(), head);
    softmax.probabilities(
        probabilities, tokens, tokens, stride, sizes.scale(), maxima, reciprocals);
    Matrix p = square(Slot.SCORES, sizes, scratch);
    copy(probabilities, p);
    multiply(gradient.values(), p.transpose(), out, Epilogue.NONE);
    Matrix ds = square(Slot.SCORE_GRADIENTS, sizes, scratch);
    multiply(ds, out, head.values().transpose(), Epilogue.NONE);
    float[] gradients = array(ds);
    softmax.backward(gradients, probabilities, tokens, tokens, stride, sizes.scale());
    copy(gradients, ds);
    multiply(gradient.queries(), ds, head.keys(), Epilogue.NONE);
    multiply(gradient.keys(), ds.transpose(), head.queries(), Epilogue.NONE);
  }

  private Matrix square(Slot slot, Sizes sizes, Scratch scratch) {
    int tokens = sizes.tokens();
    MemorySegment memory = scratch.floats(slot, (long) tokens * stride(sizes));
    return new Matrix(memory, 0, tokens, tokens, stride(sizes), 1);
  }

  private static float[] kept(MemorySegment x, Head head) {
    return x.asSlice(4 * head.kept(0), 4L * head.sizes().tokens()).toArray(JAVA_FLOAT);
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
