package io.github.deit4j.cpu.core;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Which vectors the bit tests beside it are run with. */
class VectorWidthBitTest {
  /** What {@code .ci/platforms} expects of the JVM that it has started. */
  private static final String EXPECTED = "deit4j.vector-bits";

  @Test
  void kernelsAreComputedWithTheWidestVectorsOfTheJvm() {
    int bits = Integer.getInteger(EXPECTED, FloatVector.SPECIES_PREFERRED.vectorBitSize());
    assertThat(VectorMath.WIDE.vectorBitSize()).isEqualTo(bits);
    assertThat(VectorMath.LANES).isEqualTo(bits / Float.SIZE);
    assertThat(VectorMath.WIDE_TYPE.getSimpleName()).isEqualTo("Float" + bits + "Vector");
    System.out.println("VectorWidthBitTest: vectors of " + bits + " bits");
  }
}
