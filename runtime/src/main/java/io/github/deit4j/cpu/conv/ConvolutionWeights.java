package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import java.lang.foreign.MemorySegment;

/**
 * Weights in the order in which {@link ConvolutionTiles} reads them: [group][chunk of up to eight
 * target channels][pair][8]. A pair is a tap and a source channel; those of the phase (a, b) come
 * in the order of the chains.
 */
final class ConvolutionWeights {
  private static final int LANES = ConvolutionTiles.LANES;

  private ConvolutionWeights() {}

  /**
   * Returns the weights by which source channels reach target channels.
   *
   * @param toInput whether the targets are inputs (the input gradient), or else outputs
   * @param a first tap row
   * @param b first tap column
   * @param step from tap row to tap row, and column to column
   */
  static float[] pack(
      MemorySegment w, ConvolutionShape shape, boolean toInput, int a, int b, int step) {
    int targets = toInput ? shape.groupIn() : shape.groupOut();
    int sources = toInput ? shape.groupOut() : shape.groupIn();
    int taps = taps(shape.kernel(), a, step) * taps(shape.kernel(), b, step);
    int chunks = (targets + LANES - 1) / LANES;
    float[] packed = new float[shape.groups() * chunks * taps * sources * LANES];
    int at = 0;
    for (int group = 0; group < shape.groups(); group++) {
      int firstOut = group * shape.groupOut();
      for (int chunk = 0; chunk < chunks; chunk++) {
        int first = chunk * LANES;
        int lanes = Math.min(LANES, targets - first);
        for (int row = a; row < shape.kernel(); row += step) {
          for (int column = b; column < shape.kernel(); column += step) {
            for (int source = 0; source < sources; source++) {
              for (int lane = 0; lane < lanes; lane++) {
                int out = firstOut + (toInput ? source : first + lane);
                int in = toInput ? first + lane : source;
                long from = shape.weight(out, in, row, column);
                packed[at + lane] = w.getAtIndex(JAVA_FLOAT, from);
              }
              at += LANES;
            }
          }
        }
      }
    }
    return packed;
  }

  /** Returns the taps of a row from {@code first} on. */
  static int taps(int kernel, int first, int step) {
    return Math.max(0, (kernel - first + step - 1) / step);
  }
}
