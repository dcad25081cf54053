package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.gemm.PackedA;
import io.github.deit4j.cpu.gemm.Panels;
import io.github.deit4j.cpu.gemm.Tiles;
import io.github.deit4j.cpu.kernel.Optimizers.AdamW;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Calls each kernel of a DeiT's training on a few made-up numbers, over and over, so that the JVM
 * compiles it before it is needed.
 *
 * <p>A step of a model warms kernels up slowly: all threads run code at a hundredth of its speed
 * and leave C2 a part of a core, the long loops are compiled twice (the running one, and then the
 * method), and some kernels come last because they are called seldom. Here kernel is called after
 * kernel, and loops are so short that only calls count. Sizes differ from call to call where a
 * kernel has more than one way, since C2 leaves out what it has not seen and starts again when it
 * comes.
 *
 * <p>The numbers of calls are those that the JVM's default thresholds ask for; once a kernel is
 * compiled the rest take next to no time. Where nothing compiles, time ends it.
 */
public final class KernelWarmUp {
  /** Whole tiles, and as many panels as are packed at once. */
  private static final int ROWS = 48;

  /** Not a multiple of what a micro-kernel takes at once. */
  private static final int DEPTH = 27;

  /** A block and some, fewer than a vector has or as many. */
  private static final int[] COLUMNS = {Tiles.BLOCK + 6, Tiles.BLOCK + 8};

  private static final int TOKENS = 18;
  private static final int HEAD_WIDTH = 64;

  /** Rows and their width where a kernel goes over rows. */
  private static final int LINES = 30;

  private static final int WIDTH = 80;

  /** Where a kernel goes over numbers; with a rest that fills no vector. */
  private static final int COUNT = 250;

  private static final long MOST_NANOSECONDS = 4_000_000_000L;

  private static final int TILES = 160;
  private static final int PRODUCTS = 300;
  private static final int ATTENTIONS = 600;
  private static final int OVER_ROWS = 1000;
  private static final int OVER_NUMBERS = 1600;

  private final Kernels kernels;
  private final Arena arena;
  private final Scratch scratch;
  private final long end;

  private KernelWarmUp(Kernels kernels, Arena arena, Scratch scratch, long end) {
    this.kernels = kernels;
    this.arena = arena;
    this.scratch = scratch;
    this.end = end;
  }

  /**
   * Warms up a set of kernels, with two threads at most. Takes seconds in a new JVM, four at most.
   */
  public static void run(Kernels kernels, Workers workers) {
    long end = System.nanoTime() + MOST_NANOSECONDS;
    // As tensors are allocated: code compiled for other segments would soon be compiled again.
    try (Arena arena = Arena.ofShared()) {
      workers.run(
          2,
          (part, scratch) -> {
            KernelWarmUp warmUp = new KernelWarmUp(kernels, arena, scratch, end);
            if (part == 0) {
              warmUp.tiles();
              warmUp.products();
              warmUp.attention();
            } else {
              warmUp.gelu();
              warmUp.layerNorm();
              warmUp.sums();
              warmUp.updates();
              warmUp.loss();
              warmUp.patches();
            }
          });
    }
  }

  /**
   * Micro-kernels before what calls them, one panel at a time, now and then two: of longer loops
   * the running one would be compiled first, and a large kernel takes C2 0.3 s each time.
   */
  private void tiles() {
    // Scalar kernels have no tiles. Attention has, also where another library has the products.
    if (!(kernels.attention() instanceof VectorAttention)) {
      return;
    }
    PackedA rows = PackedA.ofRows(floats(Tiles.HEIGHT * Tiles.ROW_STRIDE), DEPTH);
    PackedA panels = PackedA.ofPanels(floats(Panels.A.floats(Tiles.HEIGHT, DEPTH)), DEPTH);
    float[] right = floats(2 * Tiles.WIDTH * DEPTH);
    float[] start = floats(2 * Tiles.WIDTH);
    float[] block = floats(Tiles.HEIGHT * Tiles.BLOCK);
    MemorySegment c = numbers(Tiles.HEIGHT * Tiles.BLOCK);
    long stride = 4L * Tiles.BLOCK;
    int[] widths = {Tiles.WIDTH, Tiles.WIDTH, Tiles.WIDTH, 2 * Tiles.WIDTH};
    repeat(
        TILES,
        () -> {
          for (int columns : widths) {
            Tiles.multiply(columns, rows, 0, right, 0, start, c, 0, stride);
            Tiles.multiplyPanels(columns, panels, 0, right, 0, c, 0, stride);
            for (int height = Tiles.HEIGHT; height > 0; height -= Tiles.ROWS) {
              Tiles.multiplyInto(block, 0, Tiles.BLOCK, height, columns, rows, 0, right, 0, start);
              Tiles.multiplyPanels(height, columns, panels, 0, right, 0, block);
            }
          }
        });
  }

  private void products() {
    List<Operands> both = IntStream.of(COLUMNS).mapToObj(this::operands).toList();
    Gemm gemm = kernels.gemm();
    repeat(PRODUCTS, () -> both.forEach(each -> each.forward(gemm)));
    repeat(PRODUCTS, () -> both.forEach(each -> each.gradients(gemm, kernels.reductions())));
  }

  private Operands operands(int columns) {
    return new Operands(
        matrix(ROWS, columns),
        Matrix.repeatedRow(numbers(columns), ROWS, columns),
        numbers(ROWS),
        matrix(ROWS, DEPTH),
        matrix(DEPTH, ROWS),
        matrix(DEPTH, columns),
        matrix(columns, DEPTH).transpose());
  }

  /**
   * The factors of a layer's products.
   *
   * @param result of either
   * @param sums of the gradient's rows
   */
  private record Operands(
      Matrix result,
      Matrix bias,
      MemorySegment sums,
      Matrix x,
      Matrix gradient,
      Matrix right,
      Matrix weight) {

    void forward(Gemm gemm) {
      gemm.multiply(Workers.SERIAL, result, bias, x, weight);
    }

    void gradients(Gemm gemm, Reductions reductions) {
      gemm.addParameterGradients(Workers.SERIAL, result, sums, gradient, right, reductions);
    }
  }

  private void attention() {
    var sizes = new Attention.Sizes(TOKENS, 1, HEAD_WIDTH, 0.25f);
    MemorySegment qkv = numbers(TOKENS * 3 * HEAD_WIDTH);
    MemorySegment gradient = numbers(TOKENS * 3 * HEAD_WIDTH);
    MemorySegment y = numbers(TOKENS * HEAD_WIDTH);
    MemorySegment max = numbers(TOKENS);
    MemorySegment reciprocal = numbers(TOKENS);
    Attention attention = kernels.attention();
    repeat(
        ATTENTIONS, () -> attention.forward(y, max, reciprocal, qkv, sizes, 0, 0, TOKENS, scratch));
    repeat(
        ATTENTIONS, () -> attention.backward(gradient, y, qkv, max, reciprocal, sizes, 0, scratch));
  }

  private void gelu() {
    float[] x = numbers(COUNT).toArray(JAVA_FLOAT);
    float[] y = new float[COUNT];
    repeat(
        OVER_NUMBERS,
        () -> {
          // Again and again the activation of its own result would end at zero.
          System.arraycopy(x, 0, y, 0, COUNT);
          kernels.gelu().forward(y, COUNT);
          kernels.gelu().forward(y, 0, 2, COUNT / 2, COUNT / 2);
        });
    repeat(
        OVER_NUMBERS,
        () -> {
          kernels.gelu().backward(y, x, COUNT);
          kernels.gelu().backward(y, x, 0, 2, COUNT / 2, COUNT / 2);
        });
  }

  private void layerNorm() {
    MemorySegment x = numbers(LINES * WIDTH);
    MemorySegment y = numbers(LINES * WIDTH);
    MemorySegment mean = numbers(LINES);
    MemorySegment rstd = numbers(LINES);
    MemorySegment weight = numbers(WIDTH);
    MemorySegment bias = numbers(WIDTH);
    LayerNorm norm = kernels.layerNorm();
    repeat(OVER_ROWS, () -> norm.forward(y, mean, rstd, x, weight, bias, 1e-6f, WIDTH, 0, LINES));
    repeat(OVER_ROWS, () -> norm.backward(y, y, x, x, weight, mean, rstd, WIDTH, 0, LINES));
    repeat(
        OVER_ROWS,
        () -> norm.parameterGradients(weight, bias, x, x, mean, rstd, WIDTH, LINES, 0, WIDTH));
  }

  private void sums() {
    MemorySegment y = numbers(COUNT);
    MemorySegment a = numbers(COUNT);
    MemorySegment b = numbers(COUNT);
    MemorySegment rows = numbers(LINES * WIDTH);
    repeat(OVER_NUMBERS, () -> kernels.elementwise().add(y, a, b, 0, COUNT));
    repeat(OVER_NUMBERS, () -> kernels.reductions().sumOfSquares(a, 0, COUNT));
    MemorySegment sums = numbers(WIDTH);
    repeat(OVER_ROWS, () -> kernels.reductions().addRows(sums, rows, WIDTH, LINES, 0, WIDTH));
  }

  private void updates() {
    MemorySegment p = numbers(COUNT);
    MemorySegment m = numbers(COUNT);
    MemorySegment v = arena.allocate(JAVA_FLOAT, COUNT);
    MemorySegment g = numbers(COUNT);
    var factors = new AdamW(1f, 0.999f, 0.9f, 0.99f, 1e-3f, 1.1f, 1e-8f);
    Optimizers optimizers = kernels.optimizers();
    repeat(OVER_NUMBERS, () -> optimizers.adamW(p, m, v, g, factors, 0, COUNT));
    repeat(OVER_NUMBERS, () -> optimizers.ema(m, p, 0.9f, 0.1f, 0, COUNT));
  }

  private void loss() {
    MemorySegment loss = arena.allocate(JAVA_DOUBLE);
    MemorySegment gradient = numbers(LINES);
    MemorySegment logits = numbers(LINES);
    MemorySegment targets = numbers(LINES);
    repeat(
        OVER_NUMBERS,
        () -> Losses.crossEntropy(loss, gradient, logits, targets, LINES, 1f, 0, scratch));
  }

  private void patches() {
    var sizes = new Patches.Sizes(3, ROWS, ROWS, ROWS / 2);
    MemorySegment images = numbers(3 * ROWS * ROWS);
    MemorySegment patches = numbers(3 * ROWS * ROWS);
    repeat(OVER_NUMBERS, () -> Patches.cut(patches, images, sizes, 1));
  }

  private void repeat(int calls, Runnable call) {
    for (int i = 0; i < calls && System.nanoTime() - end < 0; i++) {
      call.run();
    }
  }

  private Matrix matrix(int rows, int columns) {
    return Matrix.of(numbers(rows * columns), rows, columns);
  }

  private float[] floats(int count) {
    return numbers(count).toArray(JAVA_FLOAT);
  }

  /** Returns small numbers of both signs, so that no branch looks dead. */
  private MemorySegment numbers(int count) {
    MemorySegment numbers = arena.allocate(JAVA_FLOAT, count);
    for (int i = 0; i < count; i++) {
      numbers.setAtIndex(JAVA_FLOAT, i, (i % 31 - 15) / 10f);
    }
    return numbers;
  }
}
