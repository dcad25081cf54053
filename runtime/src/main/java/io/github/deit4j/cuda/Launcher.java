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

  /** Returns numbers of the host for the op that runs. */
  Tensor onDevice(DType dtype, MemorySegment numbers) {
    Tensor tensor = scratch(dtype, Shape.of((int) (numbers.byteSize() / dtype.bytes())));
    context.write(tensor, numbers);
    return tensor;
  }

  /** Launches a kernel of a {@code .cu} file. */
  void launch(String file, String kernel, Grid grid, Object... arguments) {
    context.kernel(file, kernel).launch(grid, arguments);
  }

  /** Launches a kernel with a thread for every element; their number is its last parameter. */
  void elements(String file, String kernel, long count, Object... arguments) {
    Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = count;
    launch(file, kernel, Grid.cover(count, THREADS), all);
  }

  /** Launches {@code sums += Σ rows}, in order, on rows that lie one after the other. */
  void addRows(Tensor sums, Tensor rows, int count) {
    addRows(sums, rows, sums.elements(), count);
  }

  /** The same on rows that are {@code stride} elements apart. */
  void addRows(Tensor sums, Tensor rows, long stride, int count) {
    long columns = sums.elements();
    launch(
        "reductions", "addRows", Grid.cover(columns, THREADS), sums, rows, columns, stride, count);
  }

  /** Launches {@code y = gelu(x)}, in linear layers and alone. */
  void gelu(Tensor y, Tensor x) {
    elements("gelu", "gelu", x.elements(), y, x);
  }

  /** Launches {@code y = residual + branch} on rows of so many channels. */
  void addBranch(Tensor y, Residual residual, Tensor branch, int width) {
    elements(
        "elementwise",
        "addBranch",
        y.elements(),
        y,
        residual.base(),
        branch,
        factors(residual.factors()),
        residual.scale(),
        perFactor(y, residual.factors()),
        width);
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
