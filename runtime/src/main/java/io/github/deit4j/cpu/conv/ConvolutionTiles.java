package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.EIGHT_TYPE;

import io.github.deit4j.cpu.gemm.Tiles;
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

  /**
   * Pairs of a tile of the weight gradient: eight chains are the least that keep two FMA units
   * busy.
   */
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
    ((FloatVector) EIGHT_TYPE.cast(c0)).intoArray(out, to);
    ((FloatVector) EIGHT_TYPE.cast(c1)).intoArray(out, to + 8);
    ((FloatVector) EIGHT_TYPE.cast(c2)).intoArray(out, to + 16);
    ((FloatVector) EIGHT_TYPE.cast(c3)).intoArray(out, to + 24);
    ((FloatVector) EIGHT_TYPE.cast(c4)).intoArray(out, to + 32);
    ((FloatVector) EIGHT_TYPE.cast(c5)).intoArray(out, to + 40);
    ((FloatVector) EIGHT_TYPE.cast(c6)).intoArray(out, to + 48);
    ((FloatVector) EIGHT_TYPE.cast(c7)).intoArray(out, to + 56);
    ((FloatVector) EIGHT_TYPE.cast(c8)).intoArray(out, to + 64);
    ((FloatVector) EIGHT_TYPE.cast(c9)).intoArray(out, to + 72);
    ((FloatVector) EIGHT_TYPE.cast(c10)).intoArray(out, to + 80);
    ((FloatVector) EIGHT_TYPE.cast(c11)).intoArray(out, to + 88);
  }

  /**
   * Continues the weight gradients of eight pairs for eight output channels over pixels. One loop,
   * not one over rows and one over columns: C2 boxes vectors that pass through two.
   *
   * @param sums where the chains stand, pair j at {@code to + 8·j}
   * @param in numbers of the pairs: pair {@code first + j} of pixel p at {@code from +
   *     offsets[first + j] + points[p]}
   * @param dy gradients of the outputs: pixel p at {@code dyAt + 8·p}
   */
  static void pairs(
      float[] sums,
      int to,
      float[] in,
      int from,
      int[] offsets,
      int first,
      int[] points,
      float[] dy,
      int dyAt,
      int pixels) {
    FloatVector s0 = FloatVector.fromArray(EIGHT, sums, to);
    FloatVector s1 = FloatVector.fromArray(EIGHT, sums, to + 8);
    FloatVector s2 = FloatVector.fromArray(EIGHT, sums, to + 16);
    FloatVector s3 = FloatVector.fromArray(EIGHT, sums, to + 24);
    FloatVector s4 = FloatVector.fromArray(EIGHT, sums, to + 32);
    FloatVector s5 = FloatVector.fromArray(EIGHT, sums, to + 40);
    FloatVector s6 = FloatVector.fromArray(EIGHT, sums, to + 48);
    FloatVector s7 = FloatVector.fromArray(EIGHT, sums, to + 56);
    int i0 = from + offsets[first];
    int i1 = from + offsets[first + 1];
    int i2 = from + offsets[first + 2];
    int i3 = from + offsets[first + 3];
    int i4 = from + offsets[first + 4];
    int i5 = from + offsets[first + 5];
    int i6 = from + offsets[first + 6];
    int i7 = from + offsets[first + 7];
    int at = dyAt;
    for (int p = 0; p < pixels; p++) {
      int point = points[p];
      FloatVector g = FloatVector.fromArray(EIGHT, dy, at);
      s0 = FloatVector.broadcast(EIGHT, in[i0 + point]).fma(g, s0);
      s1 = FloatVector.broadcast(EIGHT, in[i1 + point]).fma(g, s1);
      s2 = FloatVector.broadcast(EIGHT, in[i2 + point]).fma(g, s2);
      s3 = FloatVector.broadcast(EIGHT, in[i3 + point]).fma(g, s3);
      s4 = FloatVector.broadcast(EIGHT, in[i4 + point]).fma(g, s4);
      s5 = FloatVector.broadcast(EIGHT, in[i5 + point]).fma(g, s5);
      s6 = FloatVector.broadcast(EIGHT, in[i6 + point]).fma(g, s6);
      s7 = FloatVector.broadcast(EIGHT, in[i7 + point]).fma(g, s7);
      at += 8;
    }
    ((FloatVector) EIGHT_TYPE.cast(s0)).intoArray(sums, to);
    ((FloatVector) EIGHT_TYPE.cast(s1)).intoArray(sums, to + 8);
    ((FloatVector) EIGHT_TYPE.cast(s2)).intoArray(sums, to + 16);
    ((FloatVector) EIGHT_TYPE.cast(s3)).intoArray(sums, to + 24);
    ((FloatVector) EIGHT_TYPE.cast(s4)).intoArray(sums, to + 32);
    ((FloatVector) EIGHT_TYPE.cast(s5)).intoArray(sums, to + 40);
    ((FloatVector) EIGHT_TYPE.cast(s6)).intoArray(sums, to + 48);
    ((FloatVector) EIGHT_TYPE.cast(s7)).intoArray(sums, to + 56);
  }

  /**
   * Does the same for eight pairs that are eight channels of one tap, whose numbers lie together:
   * one index for all of them, where {@link #pairs} computes and checks eight.
   *
   * @param from where the first channel's number lies, relative to the pixel
   */
  static void channels(
      float[] sums, int to, float[] in, int from, int[] points, float[] dy, int dyAt, int pixels) {
    FloatVector s0 = FloatVector.fromArray(EIGHT, sums, to);
    FloatVector s1 = FloatVector.fromArray(EIGHT, sums, to + 8);
    FloatVector s2 = FloatVector.fromArray(EIGHT, sums, to + 16);
    FloatVector s3 = FloatVector.fromArray(EIGHT, sums, to + 24);
    FloatVector s4 = FloatVector.fromArray(EIGHT, sums, to + 32);
    FloatVector s5 = FloatVector.fromArray(EIGHT, sums, to + 40);
    FloatVector s6 = FloatVector.fromArray(EIGHT, sums, to + 48);
    FloatVector s7 = FloatVector.fromArray(EIGHT, sums, to + 56);
    int at = dyAt;
    for (int p = 0; p < pixels; p++) {
      int i = from + points[p];
      FloatVector g = FloatVector.fromArray(EIGHT, dy, at);
      s0 = FloatVector.broadcast(EIGHT, in[i]).fma(g, s0);
      s1 = FloatVector.broadcast(EIGHT, in[i + 1]).fma(g, s1);
      s2 = FloatVector.broadcast(EIGHT, in[i + 2]).fma(g, s2);
      s3 = FloatVector.broadcast(EIGHT, in[i + 3]).fma(g, s3);
      s4 = FloatVector.broadcast(EIGHT, in[i + 4]).fma(g, s4);
      s5 = FloatVector.broadcast(EIGHT, in[i + 5]).fma(g, s5);
      s6 = FloatVector.broadcast(EIGHT, in[i + 6]).fma(g, s6);
      s7 = FloatVector.broadcast(EIGHT, in[i + 7]).fma(g, s7);
      at += 8;
    }
    ((FloatVector) EIGHT_TYPE.cast(s0)).intoArray(sums, to);
    ((FloatVector) EIGHT_TYPE.cast(s1)).intoArray(sums, to + 8);
    ((FloatVector) EIGHT_TYPE.cast(s2)).intoArray(sums, to + 16);
    ((FloatVector) EIGHT_TYPE.cast(s3)).intoArray(sums, to + 24);
    ((FloatVector) EIGHT_TYPE.cast(s4)).intoArray(sums, to + 32);
    ((FloatVector) EIGHT_TYPE.cast(s5)).intoArray(sums, to + 40);
    ((FloatVector) EIGHT_TYPE.cast(s6)).intoArray(sums, to + 48);
    ((FloatVector) EIGHT_TYPE.cast(s7)).intoArray(sums, to + 56);
  }
}
