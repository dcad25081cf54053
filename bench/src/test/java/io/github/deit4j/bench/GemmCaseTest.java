package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GemmCaseTest {
  private static final String TINY = "deit_tiny_distilled_patch16_224";

  @Test
  void threeModelsFourLayersThreePassesThreeBatches() {
    List<String> models =
        List.of(TINY, "deit_small_distilled_patch16_224", "deit_base_distilled_patch16_224");
    assertThat(GemmCase.all(models, List.of(1, 8, 32))).hasSize(108).doesNotHaveDuplicates();
  }

  @Test
  void shapesAreThoseOfTheProduct() {
    assertThat(shape(GemmCase.Pass.FORWARD)).containsExactly(1584, 768, 192);
    assertThat(shape(GemmCase.Pass.INPUT_GRADIENT)).containsExactly(1584, 192, 768);
    assertThat(shape(GemmCase.Pass.WEIGHT_GRADIENT)).containsExactly(768, 192, 1584);
  }

  private static List<Integer> shape(GemmCase.Pass pass) {
    GemmCase product = new GemmCase(TINY, Layer.FC1, pass, 8);
    assertThat(product.flop()).isEqualTo(2.0 * 1584 * 768 * 192);
    return product.shape();
  }

  @ParameterizedTest
  @EnumSource(GemmCase.Pass.class)
  void operandsHaveTheProductsShape(GemmCase.Pass pass) {
    GemmCase product = new GemmCase(TINY, Layer.QKV, pass, 1);
    try (TensorArena arena = new TensorArena("test", Long.MAX_VALUE, new HostMemory())) {
      GemmOperands operands = GemmOperands.of(product, arena);
      assertThat(List.of(operands.c().rows(), operands.c().columns(), operands.a().columns()))
          .isEqualTo(product.shape());
      assertThat(operands.init().equals(operands.c()))
          .isEqualTo(pass == GemmCase.Pass.WEIGHT_GRADIENT);
      operands.multiply(Kernels.best().gemm(), Workers.SERIAL);
    }
  }
}
