package io.github.deit4j.cuda;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.cuda.device.Closing;
import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.CudaLibraries;
import io.github.deit4j.cuda.device.NcclCommunicator;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.device.HostCommunicator;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.tensor.TensorArena;
import java.util.Optional;

/**
 * The backend of one NVIDIA device. Ops are queued on the device in the order of the calls and may
 * come from several threads; only reading a result waits for it. The same calls give the same bits
 * on the same machine.
 */
public final class CudaBackend implements Backend {
  private final CudaContext context;
  private final Precision precision;
  private final Launcher launcher;
  private final OpFamilies families;
  private final Closing closing = new Closing();

  /**
   * Opens a device.
   *
   * @param device its number, from 0
   * @param precision of matrix products
   * @throws io.github.deit4j.device.DeviceException if a library, the device, or what they need is
   *     missing, unfit or fails
   */
  public CudaBackend(int device, Precision precision) {
    this.precision = precision;
    this.context = closing.add(new CudaContext(device, precision));
    try {
      this.launcher = new Launcher(context, precision, closing);
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
    CudaLinear linear = new CudaLinear(launcher);
    this.families =
        new OpFamilies(
            launcher,
            linear,
            new CudaNormalization(launcher),
            new CudaAttention(launcher, linear, precision),
            new CudaConvolution(launcher, precision),
            new CudaPixels(launcher),
            new CudaElementwise(launcher),
            new CudaLoss(launcher),
            new CudaOptimizer(launcher));
  }

  @Override
  public OpFamilies families() {
    return families;
  }

  @Override
  public String name() {
    return context.device();
  }

  @Override
  public String description() {
    return name() + ": " + arithmetic();
  }

  @Override
  public String arithmetic() {
    CudaLibraries libraries = context.libraries();
    return "%s, %s, driver for CUDA %s, cuBLAS %s, NVRTC %s"
        .formatted(
            context.info().description(),
            precision.key(),
            libraries.driver(),
            libraries.cublas(),
            libraries.nvrtc());
  }

  /** {@inheritDoc} By NCCL where all ranks have it, and a device each. */
  @Override
  public Communicator communicator(Collective ranks) throws InterruptedException {
    Optional<String> obstacle =
        ranks.size() == 1 ? Optional.of("one rank") : NcclCommunicator.obstacle(context, ranks);
    return obstacle.isPresent()
        ? new HostCommunicator(this, ranks, obstacle.get())
        : new NcclCommunicator(context, ranks, ranks.patience(), launcher.products::forget);
  }

  @Override
  public TensorArena arena(String name, long limit) {
    return context.arena(name, limit, launcher.products::free);
  }

  @Override
  public void synchronize() {
    context.synchronize();
  }

  @Override
  public void close() {
    closing.close();
  }
}
