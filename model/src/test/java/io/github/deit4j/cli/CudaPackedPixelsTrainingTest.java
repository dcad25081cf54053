package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same on CUDA's stand-in, where all that is part of a step's graph. */
@ExtendWith(OnStandIn.class)
class CudaPackedPixelsTrainingTest extends PackedPixelsTrainingTest {
  @Override
  String backend() {
    return "cuda";
  }

  /** The device has room for the largest batch, so that others are the same to it. */
  @Test
  void imagesOfManySizesAreOneGraph() throws IOException {
    CudaStandIn standIn = CudaStandIn.require();
    train("packs", "graphs", "--set", "epochs=6", "--set", "erase=0");
    assertThat(standIn.calls("cuGraphLaunch")).isBetween(3L * STEPS - 6, 3L * STEPS);
    assertThat(standIn.calls("cuStreamBeginCapture_v2")).isLessThanOrEqualTo(2);
  }
}
