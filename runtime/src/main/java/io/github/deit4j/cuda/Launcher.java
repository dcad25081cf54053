package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Closing;
import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * What every op launches its kernels with: a device and scratch memory. The memory is free again at
 * the next op, which the device begins after this one; as each op takes the same, every step has
 * the same addresses and, after the first, allocates nothing.
 */
final class Launcher implements Closing.Closeable {
  /** Threads of a warp. */
  static final int WARP = 32;

  /** Threads of a block where nothing asks for another number. */
  static final int THREADS = 256;

  private final CudaContext context;
  private final TensorArena scratch;

  Launcher(CudaContext context) {
    this.context = context;
    this.scratch = context.arena("scratch", Long.MAX_VALUE);
  }

  CudaContext context() {
    return context;
  }

  /** Runs an op, alone. */
  void run(Runnable op) {
    synchronized (context) {
      scratch.reset();
      op.run();
    }
  }

  /** Runs an op with a result, alone. */
  <T> T call(Supplier<T> op) {
    synchronized (context) {
      scratch.reset();
      return op.get();
    }
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

  @Override
  public void close() {
    scratch.close();
  }
}
