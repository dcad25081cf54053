package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.openblas.OpenBlas;
import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * {@link Gemm} by OpenBLAS's {@code cblas_sgemm}. Sums in an order of its own, which depends on the
 * processor, the library's version and the number of threads; the same on every run on the same
 * machine.
 *
 * <p>OpenBLAS itself keeps to one thread. Its own threads would spin beside ours and serve one
 * caller at a time, and were up to ten times slower in small products while another program ran. So
 * the longer side of the result is cut into one part per worker, which repeats the packing of the
 * smaller factor only.
 */
public final class OpenBlasGemm implements Gemm {
  /** Parts are multiples of this: whole cache lines, and whole tiles of OpenBLAS's kernels. */
  private static final int GRAIN = 16;

  private final Gemm other;

  /**
   * Takes over the OpenBLAS that {@link io.github.deit4j.bindings.NativeLibraries#openBlas()} has
   * loaded.
   *
   * @param other computes what BLAS cannot express: a stride of 0
   */
  public OpenBlasGemm(Gemm other) {
    this.other = other;
    OpenBlas.openblas_set_num_threads(1);
  }

  /** Returns what the library says of itself: version, how it was built, kernels it has chosen. */
  public String description() {
    return CString.at(OpenBlas.openblas_get_config()).strip();
  }

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
    if (!canWrite(c) || !canRead(a) || !canRead(b)) {
      other.multiply(workers, c, init, a, b, epilogue);
      return;
    }
    boolean fromZero = isZero(init);
    boolean byRows = c.rows() >= c.columns();
    int size = byRows ? c.rows() : c.columns();
    int part = ceilDiv(ceilDiv(size, workers.threads()), GRAIN) * GRAIN;
    workers.run(
        ceilDiv(size, part),
        (index, scratch) -> {
          int from = index * part;
          int to = Math.min(size, from + part);
          if (byRows) {
            multiply(c.rows(from, to), init.rows(from, to), a.rows(from, to), b, fromZero);
            finish(c, from, to, 0, c.columns(), epilogue);
          } else {
            multiply(
                columns(c, from, to), columns(init, from, to), a, columns(b, from, to), fromZero);
            finish(c, 0, c.rows(), from, to - from, epilogue);
          }
        });
  }

  private static void multiply(Matrix c, Matrix init, Matrix a, Matrix b, boolean fromZero) {
    if (!fromZero && !init.equals(c)) {
      copy(c, init);
    }
    OpenBlas.cblas_sgemm(
        OpenBlas.CblasRowMajor(),
        isRowMajor(a) ? OpenBlas.CblasNoTrans() : OpenBlas.CblasTrans(),
        isRowMajor(b) ? OpenBlas.CblasNoTrans() : OpenBlas.CblasTrans(),
        c.rows(),
        c.columns(),
        a.columns(),
        1f,
        memory(a),
        leadingDimension(a),
        memory(b),
        leadingDimension(b),
        fromZero ? 0f : 1f,
        memory(c),
        leadingDimension(c));
  }

  private static void finish(
      Matrix c, int from, int to, int column, int columns, Epilogue epilogue) {
    if (epilogue.equals(Epilogue.NONE)) {
      return;
    }
    float[] block = new float[GRAIN * columns];
    for (int row = from; row < to; row += GRAIN) {
      int rows = Math.min(GRAIN, to - row);
      c.load(block, columns, row, column, rows, columns);
      epilogue.finish(block, columns, c, row, rows, column, columns);
    }
  }

  private static void copy(Matrix to, Matrix from) {
    for (int row = 0; row < to.rows(); row++) {
      MemorySegment.copy(
          from.memory(),
          4 * (from.offset() + row * from.rowStride()),
          to.memory(),
          4 * (to.offset() + row * to.rowStride()),
          4L * to.columns());
    }
  }

  private static boolean canWrite(Matrix c) {
    return canRead(c) && isRowMajor(c) && !c.memory().isReadOnly();
  }

  private static boolean canRead(Matrix x) {
    return x.rows() > 0 && x.columns() > 0 && (isRowMajor(x) || isRowMajor(x.transpose()));
  }

  private static boolean isRowMajor(Matrix x) {
    return x.columnStride() == 1
        && x.rowStride() >= x.columns()
        && x.rowStride() <= Integer.MAX_VALUE;
  }

  private static int leadingDimension(Matrix x) {
    return (int) (isRowMajor(x) ? x.rowStride() : x.columnStride());
  }

  /** Returns the memory of exactly this matrix, so that nothing outside can be reached. */
  private static MemorySegment memory(Matrix x) {
    long last = (x.rows() - 1) * x.rowStride() + (x.columns() - 1) * x.columnStride();
    return x.memory().asSlice(4 * x.offset(), 4 * (last + 1));
  }

  /**
   * Returns whether all sums start from the same row of zeros; only repeated rows are looked at.
   */
  private static boolean isZero(Matrix init) {
    if (init.rowStride() != 0) {
      return false;
    }
    for (int column = 0; column < init.columns(); column++) {
      if (init.memory().get(JAVA_FLOAT, 4 * (init.offset() + column)) != 0) {
        return false;
      }
    }
    return true;
  }

  private static Matrix columns(Matrix x, int from, int to) {
    return x.transpose().rows(from, to).transpose();
  }

  private static int ceilDiv(int size, int part) {
    return (size + part - 1) / part;
  }
}
