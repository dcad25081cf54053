/** Tensors, kernels, backends and automatic differentiation. */
@SuppressWarnings("module") // bench is compiled later
module io.github.deit4j.runtime {
  requires jdk.incubator.vector;
  requires io.github.deit4j.bindings;

  uses io.github.deit4j.device.DeviceProvider;

  provides io.github.deit4j.device.DeviceProvider with
      io.github.deit4j.cpu.CpuProvider,
      io.github.deit4j.cpu.CpuProvider.OpenBlasProvider,
      io.github.deit4j.cuda.CudaProvider;

  exports io.github.deit4j.autograd;
  exports io.github.deit4j.collective;
  exports io.github.deit4j.collective.mpi;
  exports io.github.deit4j.device;
  exports io.github.deit4j.op;
  exports io.github.deit4j.random;
  exports io.github.deit4j.tensor;

  // For the scalar kernels, which no program wants.
  exports io.github.deit4j.cpu to
      io.github.deit4j.bench;
  exports io.github.deit4j.cpu.core to
      io.github.deit4j.bench;
  exports io.github.deit4j.cpu.emit to
      io.github.deit4j.bench;
  exports io.github.deit4j.cpu.kernel to
      io.github.deit4j.bench;
  // For gpu-account, which counts without a device.
  exports io.github.deit4j.cuda.standin to
      io.github.deit4j.bench;
}
