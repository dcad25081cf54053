package io.github.deit4j.cpu.gemm;

/**
 * Two linear layers one after the other, with prepared weights; R is the number of rows; D, hidden
 * and out are the widths of the input, between the layers and of the result.
 *
 * @param first weight of the first layer, [D, hidden] as a right factor
 * @param firstBias [R, hidden]
 * @param activation what makes the second layer's input of the first layer's output; without an
 *     operand, and the output itself is not kept
 * @param second weight of the second layer, [hidden, out]
 * @param secondBias [R, out]
 */
public record FeedForward(
    PackedMatrix first,
    Matrix firstBias,
    Epilogue.Op activation,
    PackedMatrix second,
    Matrix secondBias) {
  /** Returns the width between the layers. */
  int hidden() {
    return firstBias.columns();
  }
}
