package io.github.deit4j.cpu.kernel;

/**
 * Two linear layers one after the other, with prepared weights; R is the number of rows; D, hidden
 * and out are the widths of the input, between the layers and of the result.
 *
 * @param first weight of the first layer, [D, hidden] as a right factor
 * @param firstBias [R, hidden]
 * @param activation what makes the second layer's input of the first layer's output
 * @param second weight of the second layer, [hidden, out]
 * @param secondBias [R, out]
 */
public record FeedForward(
    PackedMatrix first,
    Matrix firstBias,
    Activation activation,
    PackedMatrix second,
    Matrix secondBias) {
  /** A function of each number, as {@link Gelu#forward}. */
  @FunctionalInterface
  public interface Activation {
    /**
     * Replaces numbers in some rows of an array.
     *
     * @param at where the first row starts
     * @param columns numbers of a row
     * @param stride from one row to the next
     */
    void apply(float[] x, int at, int rows, int columns, int stride);
  }

  /** Returns the width between the layers. */
  int hidden() {
    return firstBias.columns();
  }
}
