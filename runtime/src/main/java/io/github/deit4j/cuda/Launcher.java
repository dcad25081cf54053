package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Closing;
import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import io.github.deit4j.op.ConvolutionOps.MapSizes;
import io.github.deit4j.op.ElementwiseOps.BranchSizes;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.ImageSizes;
import io.github.deit4j.op.PixelOps.TokenSizes;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What every op launches its kernels with: a device, matrix products and scratch memory. Ops come
 * from several threads and are queued one after the other. The memory is free again at the next op,
 * which the device begins after this one; as each op takes the same, every step has the same
 * addresses and, after the first, allocates nothing.
 */
final class Launcher extends OpRunner {
  /** Threads of a warp. */
  static final int WARP = 32;

  /** Threads of a block where nothing asks for another number. */
  static final int THREADS = 256;

  private final CudaContext context;
  private final TensorArena scratch;
  final Products products;
  final KernelFile attention = new KernelFile("attention");
  final KernelFile attentionBfloat16 = new KernelFile("attention_bfloat16");
  final KernelFile augmentation = new KernelFile("augmentation");
  final KernelFile batchNorm = new KernelFile("batch_norm");
  final KernelFile bfloat16 = new KernelFile("bfloat16");
  final KernelFile channels = new KernelFile("channels");
  final KernelFile convolution = new KernelFile("convolution");
  final KernelFile elementwise = new KernelFile("elementwise");
  final KernelFile gelu = new KernelFile("gelu");
  final KernelFile images = new KernelFile("images");
  final KernelFile layerNorm = new KernelFile("layer_norm");
  final KernelFile losses = new KernelFile("losses");
  final KernelFile metrics = new KernelFile("metrics");
  final KernelFile optimizers = new KernelFile("optimizers");
  final KernelFile reductions = new KernelFile("reductions");
  final KernelFile sampling = new KernelFile("sampling");

  Launcher(CudaContext context, Precision precision, Closing closing) {
    this.context = context;
    this.scratch = context.arena("scratch", Long.MAX_VALUE);
    closing.undo(scratch::close);
    this.products = new Products(this, precision);
    closing.undo(products::close);
  }

  CudaContext context() {
    return context;
  }

  /** {@inheritDoc} BF16 where products are in that. */
  @Override
  public DType activationType() {
    return products.activationType();
  }

  @Override
  protected void execute(Runnable op) {
    synchronized (context) {
      scratch.reset();
      op.run();
    }
  }

  @Override
  protected RecordedStep recordOps() {
    return context.recordStep(products::forgetAll);
  }

  @Override
  protected void await() {
    context.synchronize();
  }

  @Override
  protected void forget(Tensor changed) {
    products.forget(changed);
  }

  @Override
  protected void copyIn(Tensor to, List<MemorySegment> from) {
    context.write(to, from);
  }

  @Override
  protected void copyOut(MemorySegment to, Tensor from) {
    context.read(to, from);
  }

  @Override
  protected Readback copyOutLater(MemorySegment to, Tensor from) {
    return context.readLater(to, from);
  }

  @Override
  protected void copyAcross(Tensor to, Tensor from) {
    context.copy(to, from);
  }

  @Override
  protected void fill(long count, Tensor x, float value) {
    elementwise.of(x).elements("fill", count, x, value);
  }

  @Override
  protected void fillAll(List<Tensor> tensors, float value) {
    TensorTable table = TensorTable.of(tensors);
    elementwise.parts("fillAll", table, table, value);
  }

  /** Returns memory for the op that runs. */
  Tensor scratch(DType dtype, Shape shape) {
    return scratch.allocate(dtype, shape);
  }

  /** Returns float32 memory of these sizes for the op that runs. */
  Tensor floats(int... sizes) {
    return scratch.allocate(sizes);
  }

  /** Returns a tensor in BF16: itself, or rounded for the op that runs. */
  Tensor bfloat16(Tensor x) {
    if (x.dtype() == DType.BF16) {
      return x;
    }
    Tensor rounded = scratch(DType.BF16, x.shape());
    copyNumbers(rounded, x);
    return rounded;
  }

  /** Returns a tensor in float32: itself, or a copy for the op that runs. */
  Tensor float32(Tensor x) {
    if (x.dtype() == DType.F32) {
      return x;
    }
    Tensor copy = scratch(DType.F32, x.shape());
    copyNumbers(copy, x);
    return copy;
  }

  /** Copies a tensor to one of the other type, of BF16 and float32. */
  private void copyNumbers(Tensor to, Tensor from) {
    String kernel = to.dtype() == DType.BF16 ? "toBfloat16" : "toFloat32";
    bfloat16.elements(kernel, from.elements(), to, from);
  }

  /**
   * Has an op write to a tensor, or, if it writes another type, to one of the op's own that is
   * copied.
   */
  void writing(Tensor to, DType dtype, Consumer<Tensor> op) {
    if (to.dtype() == dtype) {
      op.accept(to);
    } else {
      Tensor result = scratch(dtype, to.shape());
      op.accept(result);
      copyNumbers(to, result);
    }
  }

  /** Returns numbers of the host for the op that runs. */
  Tensor onDevice(DType dtype, MemorySegment numbers) {
    Shape shape = Shape.of((int) (numbers.byteSize() / dtype.bytes()));
    Tensor ofStep = context.numbers(dtype, shape, numbers);
    if (ofStep != null) {
      return ofStep;
    }
    Tensor tensor = scratch(dtype, shape);
    context.write(tensor, numbers);
    return tensor;
  }

  /** The kernels of a {@code .cu} file. */
  final class KernelFile {
    private final String name;
    private final DType activations;

    private KernelFile(String name) {
      this(name, DType.F32);
    }

    private KernelFile(String name, DType activations) {
      this.name = name;
      this.activations = activations;
    }

    /** Returns those of activations of a tensor's type. */
    KernelFile of(Tensor x) {
      return x.dtype() == activations ? this : new KernelFile(name, x.dtype());
    }

    /** Launches a kernel; sizes, boxes, streams and numbers of the host are arguments too. */
    void launch(String kernel, Grid grid, Object... arguments) {
      List<Object> all = new ArrayList<>();
      addArgument(all, arguments);
      context.kernel(name, activations, kernel).launch(grid, all.toArray());
    }

    /** Launches a kernel with a thread for every element; their number is its last parameter. */
    void elements(String kernel, long count, Object... arguments) {
      launch(kernel, Grid.cover(count, THREADS), arguments, count);
    }

    /** Launches a kernel with a block for every part of a table, if there is any. */
    void parts(String kernel, TensorTable table, Object... arguments) {
      int parts = table.parts();
      if (parts > 0) {
        launch(kernel, Grid.of(parts, THREADS), arguments);
      }
    }
  }

  /** Adds what kernels take for an argument: for sizes, for example, those that they look at. */
  private void addArgument(List<Object> all, Object argument) {
    switch (argument) {
      case Object[] several -> Stream.of(several).forEach(each -> addArgument(all, each));
      case float[] numbers -> all.add(onDevice(DType.F32, MemorySegment.ofArray(numbers)));
      case int[] numbers -> all.add(onDevice(DType.I32, MemorySegment.ofArray(numbers)));
      case TensorTable table -> {
        MemorySegment words = MemorySegment.ofArray(table.words(context.device()));
        Collections.addAll(all, onDevice(DType.I64, words), table.rows().size());
      }
      case Boolean flag -> all.add(flag ? 1 : 0);
      case Box(var top, var left, var height, var width) ->
          Collections.addAll(all, top, left, height, width);
      case long[] numbers -> all.add(onDevice(DType.I64, MemorySegment.ofArray(numbers)));
      case StreamKey(var seed, var purpose, var epoch, var position) ->
          addArgument(all, new long[] {seed, purpose, epoch, position});
      case RowParts(var total, _, var rows) -> Collections.addAll(all, total, rows);
      case BranchSizes(_, var image, var width) -> Collections.addAll(all, image, width);
      case ImageSizes(_, var channels, var height, var width) ->
          Collections.addAll(all, channels, height, width);
      case TokenSizes(_, var tokens, var width) -> Collections.addAll(all, tokens, width);
      case MapSizes(_, var pixels, var channels) -> Collections.addAll(all, channels, pixels);
      case Statistics(var mean, var variance) -> Collections.addAll(all, mean, variance);
      case AttentionOps.Sizes s ->
          Collections.addAll(all, s.tokens(), s.heads(), s.channels(), s.scale());
      case ConvolutionShape s -> {
        Collections.addAll(all, s.images(), s.height(), s.width(), s.in(), s.out());
        Collections.addAll(all, s.kernel(), s.stride(), s.groups());
      }
      case LambStep s -> {
        double wd = s.weightDecay();
        double[] numbers = {wd, s.beta1(), s.beta2(), s.firstScale(), s.rootScale(), s.epsilon()};
        addArgument(all, rounded(numbers));
      }
      case SgdStep s -> addArgument(all, rounded(s.weightDecay(), s.momentum(), s.learningRate()));
      case null, default -> all.add(argument);
    }
  }

  /** Returns numbers, rounded to float32. */
  private static float[] rounded(double... numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  /**
   * The parts of the rows that a long sum over rows is cut into: one thread for each part and
   * column adds up its rows, then the parts are added in order. How they are cut depends on nothing
   * but the number of rows, so that every run has the same bits.
   *
   * @param total rows of all parts
   * @param count of parts
   * @param rows of each part but the last, which may have fewer
   */
  record RowParts(long total, int count, int rows) {
    /** Enough parts for all processors of a device; a grid may have 65,535 along y. */
    private static final int MOST_PARTS = 4096;

    private static final int LEAST_ROWS = 128;

    /** Threads of a block that has one column each. */
    private static final int COLUMN_THREADS = 128;

    static RowParts of(long rows) {
      int perPart = Math.toIntExact(Math.max(LEAST_ROWS, Math.ceilDiv(rows, MOST_PARTS)));
      return new RowParts(rows, Math.toIntExact(Math.ceilDiv(rows, perPart)), perPart);
    }

    /** Returns a grid with columns along x and parts along y. */
    Grid grid(int columns) {
      return Grid.of(Math.ceilDiv(columns, COLUMN_THREADS), count, COLUMN_THREADS);
    }
  }

  /** Returns the sum of each part's rows. */
  Tensor sumRows(RowParts parts, Tensor rows, int columns) {
    Tensor sums = floats(parts.count(), columns);
    reductions.of(rows).launch("sumRows", parts.grid(columns), sums, rows, columns, parts);
    return sums;
  }

  /** Launches {@code sums += Σ rows}, in order, on rows that lie one after the other. */
  void addRows(Tensor sums, Tensor rows, int count) {
    addRows(sums, rows, sums.elements(), count);
  }

  /** The same on rows that are {@code stride} elements apart. */
  void addRows(Tensor sums, Tensor rows, long stride, int count) {
    Grid grid = Grid.cover(sums.elements(), THREADS);
    reductions.of(rows).launch("addRows", grid, sums, rows, sums.elements(), stride, count);
  }

  /**
   * Launches {@code first += Σ parts} and, where there is a second, the same of that, whose columns
   * lie behind the first's in every part.
   */
  void addParts(Tensor first, Tensor second, Tensor parts, int count) {
    int columns = Math.toIntExact(first.elements());
    int blocks = Math.ceilDiv(second == null ? columns : 2 * columns, WARP);
    Grid grid = Grid.of(blocks, THREADS);
    reductions.launch("addParts", grid, first, second, parts, columns, count);
  }

  /** Launches {@code y = residual + branch}, in linear layers and alone. */
  void addBranch(BranchSizes sizes, Tensor y, Residual to, Tensor branch) {
    elementwise
        .of(y)
        .elements(
            "addBranch", sizes.count(), y, to.base(), branch, to.factors(), to.scale(), sizes);
  }
}
