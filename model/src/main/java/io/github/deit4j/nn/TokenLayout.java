package io.github.deit4j.nn;

import java.util.List;

/**
 * How a vision transformer's tokens lie: those in front, then one for each patch, row by row.
 *
 * @param prefix the parameters of the tokens in front: class token, distillation token
 * @param positionedPrefix how many of them the position embedding {@code pos_embed} covers: its
 *     first rows
 * @param patchesPerSide patches in a row, and rows
 * @param depth blocks
 * @param heads attention heads of a block
 */
public record TokenLayout(
    List<String> prefix, int positionedPrefix, int patchesPerSide, int depth, int heads) {
  /** Name of the position embedding, [1, {@link #positions}, D]. */
  public static final String POSITIONS = "pos_embed";

  /** Returns the number of patches. */
  public int patches() {
    return Math.multiplyExact(patchesPerSide, patchesPerSide);
  }

  /** Returns the number of tokens. */
  public int tokens() {
    return prefix.size() + patches();
  }

  /** Returns the rows of the position embedding. */
  public int positions() {
    return positionedPrefix + patches();
  }
}
