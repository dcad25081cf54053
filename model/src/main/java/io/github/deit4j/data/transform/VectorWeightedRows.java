package io.github.deit4j.data.transform;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link WeightedRows} with the Vector API, with the same results; apart, so that it is not touched
 * where the incubating module is missing.
 */
final class VectorWeightedRows {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private VectorWeightedRows() {}

  static void sum(int[] levels, int[] source, int first, int stride, int[] weights) {
    int x = 0;
    for (; x <= levels.length - LANES; x += LANES) {
      IntVector sum = IntVector.broadcast(SPECIES, WeightedRows.HALF);
      int at = first + x;
      for (int weight : weights) {
        sum = sum.add(IntVector.fromArray(SPECIES, source, at).mul(weight));
        at += stride;
      }
      sum.lanewise(VectorOperators.ASHR, WeightedRows.PRECISION_BITS)
          .max(0)
          .min(255)
          .intoArray(levels, x);
    }
    WeightedRows.sum(levels, source, first, stride, weights, x);
  }
}
