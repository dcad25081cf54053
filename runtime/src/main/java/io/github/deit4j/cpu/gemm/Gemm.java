package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Lanes;
import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Reductions.ScalarReductions;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The matrix product. Strides of a {@link Matrix} make it serve all transpositions.
 *
 * <p>Each element is one chain: {@code t = init[i, j]}, then {@code t = fma(a[i, k], b[k, j], t)}
 * for k ascending, then {@code c[i, j] = t}. Blocking over k that stores t and loads it again keeps
 * the chain; no k is ever split off and added later.
 */
public interface Gemm {
  /**
   * Computes {@code c = init + a·b}.
   *
   * @param workers the threads that share the work
   * @param c the result, [m, n], column stride 1
   * @param init what each chain starts from, [m, n], column stride 1; may be {@code c} itself
   * @param a A, [m, k], row or column stride 1, not overlapping c
   * @param b B, [k, n], row or column stride 1, not overlapping c
   * @param epilogue what is done with the result block by block
   */
  void multiply(Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue);

  /**
   * Returns whether a, b and c may be pairs of bfloat16, but for a c that is continued or added to.
   */
  default boolean keepsPairs() {
    return false;
  }

  /** Computes {@code c = init + a·b} and nothing else. */
  default void multiply(Workers workers, Matrix c, Matrix init, Matrix a, Matrix b) {
    multiply(workers, c, init, a, b, Epilogue.NONE);
  }

  /** Lays a B out once for many products; it must not change as long as it is used. */
  default PackedB pack(Workers workers, Matrix b) {
    return new PackedB(b, null);
  }

  /** Computes {@code c = init + a·b} with a B from {@link #pack}; the same bits. */
  default void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, PackedB b, Epilogue epilogue) {
    multiply(workers, c, init, a, b.source(), epilogue);
  }

  /**
   * Adds to the gradients of a linear layer's weight and bias: {@code dw += dyᵀ·x}, and to {@code
   * db[j]} the numbers {@code dy[0, j]}, {@code dy[1, j]} … one after the other.
   *
   * @param workers the threads that share the work
   * @param dw [out, in], contiguous
   * @param db [out], contiguous
   * @param dy [R, out], contiguous
   * @param x [R, in], contiguous
   * @param reductions adds rows where the product has no use for it
   */
  default void addParameterGradients(
      Workers workers, Matrix dw, MemorySegment db, Matrix dy, Matrix x, Reductions reductions) {
    multiply(workers, dw, dw, dy.transpose(), x);
    int columns = dy.columns();
    // Whole cache lines, at least two tasks for each thread where it pays.
    int lines = Math.max(1, columns / (2 * workers.threads() * Lanes.COUNT));
    MemorySegment gradient = dy.memory().asSlice(4 * dy.offset());
    workers.runRanges(
        columns,
        (long) lines * Lanes.COUNT,
        (from, to) -> reductions.addRows(db, gradient, columns, dy.rows(), from, to));
  }

  /**
   * Computes two linear layers, block of rows by block of rows, so that what is between them stays
   * in the caches. The same bits as one layer after the other.
   *
   * @param workers the threads that share the work
   * @param y the result, [R, out], not overlapping x or what the epilogue reads
   * @param x [R, D], column stride 1
   * @param layers the two layers, with weights from {@link #pack}
   * @param epilogue what makes y of the second layer's output
   */
  default void feedForward(
      Workers workers, Matrix y, Matrix x, FeedForward layers, Epilogue epilogue) {
    // Enough rows that the weights, which each block reads whole, are read seldom.
    int mostRows = 108;
    int hidden = layers.hidden();
    int needed = Math.ceilDiv(y.rows(), mostRows);
    int blocks = Math.max(needed, Math.min(workers.threads(), y.rows()));
    Epilogue activation = new Epilogue(null, null, layers.activation());
    workers.run(
        blocks,
        (block, scratch) -> {
          int from = (int) ((long) y.rows() * block / blocks);
          int to = (int) ((long) y.rows() * (block + 1) / blocks);
          int rows = to - from;
          Matrix between =
              Matrix.of(scratch.floats(Slot.HIDDEN, (long) rows * hidden), rows, hidden);
          multiply(
              Workers.SERIAL,
              between,
              layers.firstBias().rows(from, to),
              x.rows(from, to),
              layers.first(),
              activation);
          multiply(
              Workers.SERIAL,
              y.rows(from, to),
              layers.secondBias().rows(from, to),
              between,
              layers.second(),
              epilogue.from(from));
        });
  }

  /**
   * B in the layout of the {@link Gemm} that made it.
   *
   * @param source B itself
   * @param panels its numbers in another order; null where the product reads the source
   */
  @SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
  record PackedB(Matrix source, float[] panels) {}

  /**
   * Two linear layers one after the other, with prepared weights; R is the number of rows; D,
   * hidden and out are the widths of the input, between the layers and of the result.
   *
   * @param first weight of the first layer, [D, hidden] as a B
   * @param firstBias [R, hidden]
   * @param activation what makes the second layer's input of the first layer's output; without an
   *     operand, and the output itself is not kept
   * @param second weight of the second layer, [hidden, out]
   * @param secondBias [R, out]
   */
  record FeedForward(
      PackedB first, Matrix firstBias, Epilogue.Op activation, PackedB second, Matrix secondBias) {
    /** Returns the width between the layers. */
    int hidden() {
      return firstBias.columns();
    }
  }

  /** Returns a case of each op, of any depth up to {@code width}. */
  static List<KernelCase<Gemm>> cases(int rows, int width, RandomGenerator random) {
    return cases(rows, width, random.nextInt(1, width + 1));
  }

  /** Returns the products of a linear layer from {@code depth} to {@code width}. */
  static List<KernelCase<Gemm>> cases(int rows, int width, int depth) {
    return List.of(
        KernelCase.<Gemm>whole(
                "linear", (long) rows * width, width, (long) rows * depth, (long) width * depth)
            .call(
                (k, x, f, from, to) ->
                    k.multiply(
                        Workers.SERIAL,
                        Matrix.of(x[0], rows, width),
                        Matrix.repeatedRow(x[1], rows, width),
                        Matrix.of(x[2], rows, depth),
                        Matrix.of(x[3], width, depth).transpose())),
        KernelCase.<Gemm>whole(
                "linearParameterGradients",
                (long) rows * width,
                rows,
                (long) rows * depth,
                (long) width * depth)
            .call(
                (k, x, f, from, to) ->
                    k.addParameterGradients(
                        Workers.SERIAL,
                        Matrix.of(x[0], rows, width),
                        x[1],
                        Matrix.of(x[2], depth, rows),
                        Matrix.of(x[3], depth, width),
                        new ScalarReductions())));
  }
}
