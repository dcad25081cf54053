package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.conv.BatchNormKernel;
import io.github.deit4j.cpu.conv.ConvolutionKernel;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Optimizers.AdamW;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/**
 * Runs every kernel on the same numbers each time; also the main class of a JVM of its own, where
 * it prints which kernels were chosen and a digest of all results.
 */
final class KernelWorkout {
  /** The argument for nothing but the warm-up. */
  static final String WARM_UP = "warm-up";

  private static final int ROWS = 37;
  private static final int WIDTH = 176;
  private static final int SIZE = ROWS * WIDTH;

  private final SplittableRandom random = new SplittableRandom(42);
  private final CRC32 results = new CRC32();
  private final Kernels kernels;

  private KernelWorkout(Kernels kernels) {
    this.kernels = kernels;
  }

  /**
   * Starts the JVM's work.
   *
   * @param args for how many seconds of processor time to repeat everything, so that all kernels
   *     get hot; or {@link #WARM_UP}
   */
  public static void main(String[] args) {
    Kernels kernels = Kernels.best();
    if (args[0].equals(WARM_UP)) {
      KernelWarmUp.run(kernels, Workers.SERIAL);
      return;
    }
    System.out.println("kernels " + kernels.name());
    System.out.println("digest " + digest(kernels));
    System.out.println("backend " + backendDigest());
    // The processor's time, not the clock's: other tests may be running.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long end = TimeUnit.SECONDS.toNanos(Integer.parseInt(args[0]));
    while (threads.getCurrentThreadCpuTime() < end) {
      digest(kernels);
    }
  }

  /** Returns a digest of the results of all kernels of a set. */
  static String digest(Kernels kernels) {
    var workout = new KernelWorkout(kernels);
    workout.products();
    workout.elementwise();
    workout.layerNorm();
    workout.attention();
    workout.updates();
    workout.convolutions();
    workout.maps();
    return Long.toHexString(workout.results.getValue());
  }

  /** Returns a digest of an op of the CPU backend with this JVM's best kernels on two threads. */
  static String backendDigest() {
    var workout = new KernelWorkout(Kernels.best());
    try (var backend = new CpuBackend(2);
        TensorArena arena = backend.arena("workout", 1 << 24)) {
      Tensor y = arena.allocate(ROWS, ROWS);
      Tensor x = arena.allocate(ROWS, WIDTH);
      Tensor w = arena.allocate(ROWS, WIDTH);
      Tensor b = arena.allocate(ROWS);
      for (Tensor operand : new Tensor[] {x, w, b}) {
        backend.write(operand, workout.numbers(operand.elements()));
      }
      backend.linear().linear(y, x, w, b);
      backend.elementwise().gelu(y, y);
      workout.keep(y.segment());
    }
    return Long.toHexString(workout.results.getValue());
  }

  private MemorySegment numbers(long size) {
    return Floats.random(random, Numbers.ORDINARY, size);
  }

  private void keep(MemorySegment... memory) {
    for (MemorySegment x : memory) {
      for (long i = 0; i < Floats.count(x); i++) {
        int bits = Floats.bits(x, i);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
          results.update(bits >>> shift);
        }
      }
    }
  }

  /** By rows and by columns, with tiles of every width, whole and cut off. */
  private void products() {
    for (int columns : new int[] {5, 16, 31, 32, WIDTH}) {
      MemorySegment c = numbers((long) ROWS * columns);
      Matrix product = Matrix.of(c, ROWS, columns);
      Matrix left = Matrix.of(numbers(ROWS * ROWS), ROWS, ROWS);
      Matrix right = Matrix.of(numbers((long) ROWS * columns), ROWS, columns);
      Matrix rightByColumns = Matrix.of(numbers((long) columns * ROWS), columns, ROWS).transpose();
      kernels.gemm().multiply(Workers.SERIAL, product, product, left, right);
      kernels.gemm().multiply(Workers.SERIAL, product, product, left.transpose(), rightByColumns);
      keep(c);
    }
  }

  private void elementwise() {
    MemorySegment y = numbers(SIZE);
    MemorySegment x = numbers(SIZE);
    Elementwise ops = kernels.elementwise();
    ops.add(y, y, x, 0, SIZE);
    ops.addScaled(y, y, x, 0.3f, 1, SIZE);
    ops.addMultiples(y, y, 0.4f, x, 0.6f, 1, SIZE);
    ops.scale(y, y, 0.7f, 0, SIZE - 1);
    ops.addRepeated(y, y, x, WIDTH, 0, SIZE);
    float[] activations = Floats.toArray(y, 0, SIZE);
    kernels.gelu().forward(activations, SIZE);
    kernels.gelu().backward(activations, Floats.toArray(x, 0, SIZE), SIZE);
    keep(y, MemorySegment.ofArray(activations));
  }

  private void layerNorm() {
    MemorySegment y = numbers(SIZE);
    MemorySegment x = numbers(SIZE);
    MemorySegment mean = numbers(ROWS);
    MemorySegment rstd = numbers(ROWS);
    MemorySegment weight = numbers(WIDTH);
    MemorySegment bias = numbers(WIDTH);
    LayerNormKernel norm = kernels.layerNorm();
    norm.forward(y, mean, rstd, x, weight, bias, 1e-6f, WIDTH, 0, ROWS);
    norm.backward(y, x, y, x, weight, mean, rstd, WIDTH, 0, ROWS);
    norm.parameterGradients(weight, bias, y, x, mean, rstd, WIDTH, ROWS, 0, WIDTH);
    keep(y, mean, rstd, weight, bias);
  }

  private void attention() {
    var sizes = new AttentionKernel.Sizes(ROWS, 2, 24, 0.2f);
    AttentionKernel attention = kernels.attention();
    MemorySegment qkv = numbers(3L * ROWS * sizes.width());
    MemorySegment y = numbers((long) ROWS * sizes.width());
    MemorySegment max = numbers(2 * ROWS);
    MemorySegment reciprocal = numbers(2 * ROWS);
    MemorySegment dqkv = numbers(3L * ROWS * sizes.width());
    for (int unit = 0; unit < 2; unit++) {
      Scratch scratch = Scratch.ofThisThread();
      attention.forward(y, max, reciprocal, qkv, sizes, unit, 0, ROWS, scratch);
      attention.backward(dqkv, y, qkv, max, reciprocal, sizes, unit, scratch);
    }
    keep(y, max, reciprocal, dqkv);
  }

  private void updates() {
    MemorySegment p = numbers(SIZE);
    MemorySegment m = numbers(SIZE);
    MemorySegment v = numbers(SIZE);
    MemorySegment g = numbers(SIZE);
    var factors = new AdamW(0.5f, 0.99f, 0.9f, 0.999f, 0.01f, 2f, 1e-8f);
    kernels.elementwise().scale(v, g, 0.1f, 0, SIZE);
    kernels.optimizers().adamW(p, m, v, g, factors, 0, SIZE);
    kernels.optimizers().sgd(p, m, g, 0.5f, 0.1f, 0.9f, 0.01f, 0, SIZE);
    kernels.optimizers().ema(m, p, 0.9f, 0.1f, 0, SIZE);
    kernels.reductions().addRows(g, p, WIDTH, ROWS, 0, WIDTH);
    float sum = kernels.reductions().sumOfSquares(p, 0, 16 * WIDTH);
    keep(p, m, v, g, MemorySegment.ofArray(new float[] {sum}));
  }

  /** With groups that fill vectors and others, by rows and by channels. */
  private void convolutions() {
    for (int groupWidth : new int[] {3, 8, 16}) {
      int groups = 40 / groupWidth;
      int width = groups * groupWidth;
      var sizes = new ConvolutionKernel.Sizes(2, 9, 6, width, width, 3, 2, 1, groups);
      MemorySegment x = numbers(2L * 9 * 6 * width);
      MemorySegment y = numbers(2L * 5 * 3 * width);
      MemorySegment w = numbers(9L * width * groupWidth);
      ConvolutionKernel convolution = kernels.convolution();
      convolution.forward(Workers.SERIAL, y, x, w, sizes);
      convolution.inputGradient(Workers.SERIAL, x, y, w, sizes);
      convolution.weightGradient(Workers.SERIAL, w, y, x, sizes);
      keep(x, y, w);
    }
  }

  private void maps() {
    MemorySegment x = numbers(SIZE);
    MemorySegment y = numbers(SIZE);
    MemorySegment dx = numbers(SIZE);
    MemorySegment perChannel = numbers(WIDTH);
    MemorySegment factors = numbers(WIDTH);
    float[] mean = new float[WIDTH];
    float[] scale = new float[WIDTH];
    float[] sums = new float[WIDTH];
    float[] products = new float[WIDTH];
    BatchNormKernel norm = kernels.batchNorm();
    norm.sums(mean, 0, x, WIDTH, 0, ROWS);
    norm.squares(scale, 0, x, mean, WIDTH, 0, ROWS);
    var layer = new BatchNormKernel.Layer(WIDTH, mean, scale, scale, true);
    for (MemorySegment residual : new MemorySegment[] {null, dx}) {
      norm.forward(y, x, residual, layer, 0, ROWS);
      norm.gradientSums(sums, products, 0, y, x, residual, layer, 0, ROWS);
      norm.backward(x, residual, y, x, residual, sums, products, layer, 0, ROWS);
    }
    kernels.channels().average(perChannel, x, ROWS, WIDTH, 0);
    kernels.channels().averageBackward(dx, x, perChannel, ROWS, WIDTH, 0);
    kernels.activations().relu(perChannel, perChannel, 0, WIDTH);
    kernels.activations().sigmoid(factors, perChannel, 0, WIDTH);
    kernels.activations().sigmoidBackward(perChannel, factors, perChannel, 0, WIDTH);
    kernels.activations().reluBackward(factors, factors, perChannel, 0, WIDTH);
    kernels.channels().scale(y, dx, factors, ROWS, WIDTH, 0);
    kernels.channels().scaleBackward(dx, perChannel, y, dx, factors, ROWS, WIDTH, 0);
    keep(x, y, dx, perChannel, factors);
  }
}
