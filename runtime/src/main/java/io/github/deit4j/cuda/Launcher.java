package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Closing;
import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What every op launches its kernels with: a device, matrix products and scratch memory. Ops come
 * from several threads and are queued one after the other. The memory is free again at the next op,
 * which the device begins after this one; as each op takes the same, every step has the same
 * addresses and, after the first, allocates nothing.
 */
final class Launcher extends OpRunner implements Closing.Closeable {
  /** Threads of a warp. */
  static final int WARP = 32;

  /** Threads of a block where nothing asks for another number. */
  static final int THREADS = 256;

  private final CudaContext context;
  private final TensorArena scratch;
  private final Products products;
  final KernelFile elementwise = file("elementwise");
  final KernelFile gelu = file("gelu");
  final KernelFile reductions = file("reductions");

  Launcher(CudaContext context, Precision precision) {
    this.context = context;
    this.scratch = context.arena("scratch", Long.MAX_VALUE);
    this.products = new Products(this, precision);
  }

  CudaContext context() {
    return context;
  }

  Products products() {
    return products;
  }

  @Override
  protected void execute(Runnable op) {
    synchronized (context) {
      scratch.reset();
      op.run();
    }
  }

  @Override
  protected void await() {
    context.synchronize();
  }

  @Override
  protected void forget(Tensor changed) {
    products.forget(changed);
  }

  /** Returns memory for the op that runs. */
  Tensor scratch(DType dtype, Shape shape) {
    return scratch.allocate(dtype, shape);
  }

  /** Returns float32 memory of these sizes for the op that runs. */
  Tensor floats(int... sizes) {
    return scratch.allocate(sizes);
  }

  /** Returns numbers of the host for the op that runs. */
  Tensor onDevice(DType dtype, MemorySegment numbers) {
    Tensor tensor = scratch(dtype, Shape.of((int) (numbers.byteSize() / dtype.bytes())));
    context.write(tensor, numbers);
    return tensor;
  }

  /** Returns the kernels of a {@code .cu} file. */
  KernelFile file(String name) {
    return new KernelFile(name);
  }

  /** The kernels of a {@code .cu} file. */
  final class KernelFile {
    private final String name;

    private KernelFile(String name) {
      this.name = name;
    }

    /** Launches a kernel. */
    void launch(String kernel, Grid grid, Object... arguments) {
      context.kernel(name, kernel).launch(grid, arguments);
    }

    /** Launches a kernel with a thread for every element; their number is its last parameter. */
    void elements(String kernel, long count, Object... arguments) {
      launch(kernel, Grid.cover(count, THREADS), join(arguments, count));
    }
  }

  /** Returns arguments with more behind them. */
  static Object[] join(Object[] arguments, Object... more) {
    Object[] all = Arrays.copyOf(arguments, arguments.length + more.length, Object[].class);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return all;
  }

  /**
   * The parts of the rows that a long sum over rows is cut into: one thread for each part and
   * column adds up its rows, then the parts are added in order. How they are cut depends on nothing
   * but the number of rows, so that every run has the same bits.
   *
   * @param count of parts
   * @param rows of each part but the last, which may have fewer
   */
  record RowParts(int count, int rows) {
    /** Enough parts for all processors of a device; a grid may have 65,535 along y. */
    private static final int MOST_PARTS = 4096;

    private static final int LEAST_ROWS = 128;

    /** Threads of a block that has one column each. */
    private static final int COLUMN_THREADS = 128;

    static RowParts of(long rows) {
      int perPart = Math.toIntExact(Math.max(LEAST_ROWS, Math.ceilDiv(rows, MOST_PARTS)));
      return new RowParts(Math.toIntExact(Math.ceilDiv(rows, perPart)), perPart);
    }

    /** Returns a grid with columns along x and parts along y. */
    Grid grid(int columns) {
      return Grid.of(Math.ceilDiv(columns, COLUMN_THREADS), count, COLUMN_THREADS);
    }
  }

  /** Returns the sum of each part's rows. */
  Tensor sumRows(RowParts parts, Tensor rows, long count, int columns) {
    Tensor sums = floats(parts.count(), columns);
    reductions.launch("sumRows", parts.grid(columns), sums, rows, columns, count, parts.rows());
    return sums;
  }

  /** Launches {@code sums += Σ rows}, in order, on rows that lie one after the other. */
  void addRows(Tensor sums, Tensor rows, int count) {
    addRows(sums, rows, sums.elements(), count);
  }

  /** The same on rows that are {@code stride} elements apart. */
  void addRows(Tensor sums, Tensor rows, long stride, int count) {
    long columns = sums.elements();
    reductions.launch("addRows", Grid.cover(columns, THREADS), sums, rows, columns, stride, count);
  }

  /** Launches {@code y = gelu(x)}, in linear layers and alone. */
  void gelu(Tensor y, Tensor x) {
    gelu.elements("gelu", x.elements(), y, x);
  }

  /** Launches {@code y = residual + branch} on rows of so many channels. */
  void addBranch(Tensor y, Residual residual, Tensor branch, int width) {
    Tensor factors = factors(residual.factors());
    long image = perFactor(y, residual.factors());
    Tensor base = residual.base();
    Tensor scale = residual.scale();
    elementwise.elements("addBranch", y.elements(), y, base, branch, factors, scale, image, width);
  }

  /** Returns factors on the device, or null for none. */
  Tensor factors(float[] factors) {
    return factors == null ? null : onDevice(DType.F32, MemorySegment.ofArray(factors));
  }

  /** Returns how many numbers share a factor. */
  static long perFactor(Tensor x, float[] factors) {
    return factors == null ? x.elements() : x.elements() / Math.max(1, factors.length);
  }

  @Override
  public void close() {
    try {
      products.close();
    } finally {
      scratch.close();
    }
  }
}
