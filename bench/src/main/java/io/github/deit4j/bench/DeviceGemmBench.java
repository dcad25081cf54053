package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The matrix products of linear layers on a device. A 1×1 convolution is a linear layer's product
 * without its bias, on the same way to the library, rounding of factors included.
 *
 * @param threads of the host, for the rows
 */
record DeviceGemmBench(Backend backend, Effort effort, int threads) {
  Row measure(GemmCase product) {
    int rows = product.rows();
    int in = product.in();
    int out = product.out();
    try (TensorArena arena = backend.arena("products", Long.MAX_VALUE)) {
      ConvolutionOps ops = backend.convolution();
      Tensor x = random(arena, 1, rows, 1, in);
      Tensor w = random(arena, out, in, 1, 1);
      Tensor y = random(arena, 1, rows, 1, out);
      Runnable work =
          switch (product.pass()) {
            case FORWARD -> () -> ops.convolution(y, x, w, 1, 1);
            case INPUT_GRADIENT -> () -> ops.convolutionInputGradient(x, y, w, 1, 1);
            case WEIGHT_GRADIENT -> () -> ops.convolutionWeightGradient(w, y, x, 1, 1);
          };
      Contender contender = Contender.of(backend.name(), work, backend::synchronize);
      return row(product, Contest.run(effort, List.of(contender)).getFirst());
    }
  }

  private Tensor random(TensorArena arena, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    backend.write(tensor, MemorySegment.ofArray(RandomNumbers.array(tensor.elements())));
    return tensor;
  }

  private Row row(GemmCase product, Samples time) {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("layer", product.layer().id());
    more.put("prepacked", false);
    more.put("ratio_to_openblas", null);
    return new Row(
        "gemm",
        backend.name(),
        product.model(),
        product.pass().id(),
        product.batch(),
        product.shape(),
        threads,
        time,
        product.flop() / time.median() * 1e-6,
        null,
        null,
        more);
  }
}
