package io.github.deit4j.bench.peers;

import io.github.deit4j.device.Backend;
import io.github.deit4j.bench.cases.OpCall;
import io.github.deit4j.bench.cases.OpTwins;
import io.github.deit4j.bench.cases.Workload;
import java.nio.FloatBuffer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The ops of PyTorch in eager mode, as the reference's Python calls them. */
public final class TorchTwins implements OpTwins {
  /** For the service loader. */
  public TorchTwins() {}

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public Workload open(OpCall call, Backend backend, int threads) {
    torch.set_num_threads(threads);
    TorchOperands operands = new TorchOperands(call, backend);
    Supplier<Tensor> work = TorchLayers.of(operands);
    if (work == null) {
      work = TorchMaps.of(operands);
    }
    if (work == null) {
      throw new IllegalArgumentException(name() + " has no twin of the op '" + call.op() + "'");
    }
    return new Twin(work, operands.unchecked());
  }

  private record Twin(Supplier<Tensor> work, boolean unchecked) implements Workload {
    @Override
    public void run() {
      try (PointerScope _ = new PointerScope()) {
        Tensor _ = work.get();
      }
    }

    @Override
    public float[] check() {
      try (PointerScope _ = new PointerScope()) {
        Tensor result = work.get();
        if (unchecked) {
          return new float[0];
        }
        float[] numbers = new float[Math.toIntExact(result.numel())];
        FloatBuffer buffer = result.contiguous().createBuffer();
        buffer.get(numbers);
        return numbers;
      }
    }

    @Override
    public void close() {}
  }
}
