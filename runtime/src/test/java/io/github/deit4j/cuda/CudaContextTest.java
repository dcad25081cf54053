package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.backend.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaContextTest {
  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  @Test
  void kernelsComputeOnWhatWasWritten() {
    try (CudaContext context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1 << 20)) {
      Tensor a = arena.allocate(3);
      Tensor b = arena.allocate(3);
      Tensor sum = arena.allocate(3);
      context.write(a, MemorySegment.ofArray(new float[] {1, 2, 3}));
      context.write(b, MemorySegment.ofArray(new float[] {10, 20, 30}));

      context.kernel("elementwise", "add").launch(Grid.cover(3, 32), sum, a, b, 3L);

      float[] result = new float[3];
      context.read(MemorySegment.ofArray(result), sum);
      assertThat(result).containsExactly(11, 22, 33);
    }
  }
}
