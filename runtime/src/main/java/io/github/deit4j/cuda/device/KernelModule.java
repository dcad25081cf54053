package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** The kernels of one source file, compiled and loaded into a context. */
final class KernelModule implements Closing.Closeable {
  private final KernelSource source;
  private final MemorySegment handle;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /**
   * Loads a module into the current context.
   *
   * @param binary compiled code for this device
   */
  KernelModule(CudaContext context, KernelSource source, byte[] binary) {
    this.source = source;
    MemorySegment image = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, binary);
    MemorySegment module = Driver.pointer();
    Driver.check(
        "%s: cuModuleLoadData of %s.cu".formatted(context.device(), source.name()),
        Cuda.cuModuleLoadData(module, image));
    handle = Driver.get(module);
    try {
      source.kernels().keySet().forEach(name -> kernels.put(name, find(context, name)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Kernel find(CudaContext context, String name) {
    MemorySegment function = Driver.pointer();
    Driver.check(
        "cuModuleGetFunction of %s in %s.cu".formatted(name, source.name()),
        Cuda.cuModuleGetFunction(function, handle, Arena.ofAuto().allocateFrom(name)));
    return new Kernel(context, name, source.kernels().get(name), Driver.get(function));
  }

  /**
   * Returns a kernel.
   *
   * @throws IllegalArgumentException if the source has none of this name
   */
  Kernel kernel(String name) {
    Kernel kernel = kernels.get(name);
    if (kernel == null) {
      throw new IllegalArgumentException(
          "%s.cu has no kernel %s, but %s".formatted(source.name(), name, kernels.keySet()));
    }
    return kernel;
  }

  @Override
  public void close() {
    Driver.check("cuModuleUnload of " + source.name() + ".cu", Cuda.cuModuleUnload(handle));
  }
}
