package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;

import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels of {@link VectorConvolution}, on arrays in which eight channels of a pixel lie
 * together. Eight lanes, since eight is RegNetY's smallest group; a processor that does two such
 * multiply-adds at once loses nothing.
 *
 * <p>Chains run over (tap, channel) pairs; a table says where the number of each pair lies,
 * relative to the pixel. Written out for the reasons that {@link Tiles} gives.
 */
final class ConvolutionTiles {
  /** Pixels of a tile: with the weights and a factor they fill AVX2's 16 registers. */
  static final int PIXELS = 12;

  /** Pairs of a tile of the weight gradient: enough chains to hide the latency. */
  static final int PAIRS = 8;

  /** Channels that lie together. */
  static final int LANES = EIGHT.length();

  private ConvolutionTiles() {}

  /**
   * Computes eight channels of twelve pixels that follow each other.
   *
   * @param depth number of pairs
   * @param in numbers of the pairs: pair k of pixel p at {@code at + offsets[k] + 8·p}
   * @param w weights: those of pair k for the eight channels at {@code wAt + 8·k}
   * @param out results of pixel p at {@code to + 8·p}
   */
  static void pixels(
      int depth, float[] in, int at, int[] offsets, float[] w, int wAt, float[] out, int to) {
    FloatVector c0 = FloatVector.zero(EIGHT);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector c4 = c0;
    FloatVector c5 = c0;
    FloatVector c6 = c0;
    FloatVector c7 = c0;
    FloatVector c8 = c0;
    FloatVector c9 = c0;
    FloatVector c10 = c0;
    FloatVector c11 = c0;
    int weights = wAt;
    for (int k = 0; k < depth; k++) {
      int i = at + offsets[k];
      FloatVector b = FloatVector.fromArray(EIGHT, w, weights);
      c0 = FloatVector.broadcast(EIGHT, in[i]).fma(b, c0);
      c1 = FloatVector.broadcast(EIGHT, in[i + 8]).fma(b, c1);
      c2 = FloatVector.broadcast(EIGHT, in[i + 16]).fma(b, c2);
      c3 = FloatVector.broadcast(EIGHT, in[i + 24]).fma(b, c3);
      c4 = FloatVector.broadcast(EIGHT, in[i + 32]).fma(b, c4);
      c5 = FloatVector.broadcast(EIGHT, in[i + 40]).fma(b, c5);
      c6 = FloatVector.broadcast(EIGHT, in[i + 48]).fma(b, c6);
      c7 = FloatVector.broadcast(EIGHT, in[i + 56]).fma(b, c7);
      c8 = FloatVector.broadcast(EIGHT, in[i + 64]).fma(b, c8);
      c9 = FloatVector.broadcast(EIGHT, in[i + 72]).fma(b, c9);
      c10 = FloatVector.broadcast(EIGHT, in[i + 80]).fma(b, c10);
      c11 = FloatVector.broadcast(EIGHT, in[i + 88]).fma(b, c11);
      weights += 8;
    }
    c0.intoArray(out, to);
    c1.intoArray(out, to + 8);
    c2.intoArray(out, to + 16);
    c3.intoArray(out, to + 24);
    c4.intoArray(out, to + 32);
    c5.intoArray(out, to + 40);
    c6.intoArray(out, to + 48);
    c7.intoArray(out, to + 56);
    c8.intoArray(out, to + 64);
    c9.intoArray(out, to + 72);
    c10.intoArray(out, to + 80);
    c11.intoArray(out, to + 88);
  }

  /**
   * Continues the weight gradients of eight pairs for eight output channels over rows of pixels.
   *
   * @param sums where the chains stand, pair j at {@code to + 8·j}
   * @param in numbers of the pairs: pair {@code first + j} of pixel p of row r at {@code from +
   *     offsets[first + j] + r·rowStep + 8·p}
   * @param dy gradients of the outputs: pixel p of row r at {@code dyAt + 8·(r·columns + p)}
   */
  static void pairs(
      float[] sums,
      int to,
      float[] in,
      int from,
      int[] offsets,
      int first,
      int rowStep,
      float[] dy,
      int dyAt,
      int rows,
      int columns) {
    FloatVector s0 = FloatVector.fromArray(EIGHT, sums, to);
    FloatVector s1 = FloatVector.fromArray(EIGHT, sums, to + 8);
    FloatVector s2 = FloatVector.fromArray(EIGHT, sums, to + 16);
    FloatVector s3 = FloatVector.fromArray(EIGHT, sums, to + 24);
    FloatVector s4 = FloatVector.fromArray(EIGHT, sums, to + 32);
    FloatVector s5 = FloatVector.fromArray(EIGHT, sums, to + 40);
    FloatVector s6 = FloatVector.fromArray(EIGHT, sums, to + 48);
    FloatVector s7 = FloatVector.fromArray(EIGHT, sums, to + 56);
    int end = 8 * columns;
    int at = dyAt;
    for (int row = 0; row < rows; row++) {
      int shift = from + row * rowStep;
      int i0 = offsets[first] + shift;
      int i1 = offsets[first + 1] + shift;
      int i2 = offsets[first + 2] + shift;
      int i3 = offsets[first + 3] + shift;
      int i4 = offsets[first + 4] + shift;
      int i5 = offsets[first + 5] + shift;
      int i6 = offsets[first + 6] + shift;
      int i7 = offsets[first + 7] + shift;
      for (int p = 0; p < end; p += 8) {
        FloatVector g = FloatVector.fromArray(EIGHT, dy, at + p);
        s0 = FloatVector.broadcast(EIGHT, in[i0 + p]).fma(g, s0);
        s1 = FloatVector.broadcast(EIGHT, in[i1 + p]).fma(g, s1);
        s2 = FloatVector.broadcast(EIGHT, in[i2 + p]).fma(g, s2);
        s3 = FloatVector.broadcast(EIGHT, in[i3 + p]).fma(g, s3);
        s4 = FloatVector.broadcast(EIGHT, in[i4 + p]).fma(g, s4);
        s5 = FloatVector.broadcast(EIGHT, in[i5 + p]).fma(g, s5);
        s6 = FloatVector.broadcast(EIGHT, in[i6 + p]).fma(g, s6);
        s7 = FloatVector.broadcast(EIGHT, in[i7 + p]).fma(g, s7);
      }
      at += end;
    }
    s0.intoArray(sums, to);
    s1.intoArray(sums, to + 8);
    s2.intoArray(sums, to + 16);
    s3.intoArray(sums, to + 24);
    s4.intoArray(sums, to + 32);
    s5.intoArray(sums, to + 40);
    s6.intoArray(sums, to + 48);
    s7.intoArray(sums, to + 56);
  }
}
