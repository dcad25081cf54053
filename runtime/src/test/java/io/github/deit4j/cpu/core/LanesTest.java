package io.github.deit4j.cpu.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LanesTest {
  @Test
  void addsHalvesFoldedOntoEachOther() {
    var random = new SplittableRandom(16);
    for (int round = 0; round < 1000; round++) {
      float[] x = new float[Lanes.COUNT];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian();
      }
      float even = (((x[0] + x[8]) + (x[4] + x[12])) + ((x[2] + x[10]) + (x[6] + x[14])));
      float odd = (((x[1] + x[9]) + (x[5] + x[13])) + ((x[3] + x[11]) + (x[7] + x[15])));
      assertThat(Lanes.sum(x)).isEqualTo(even + odd);
    }
  }
}
