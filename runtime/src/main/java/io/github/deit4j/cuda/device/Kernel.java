package io.github.deit4j.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.cuda.device.KernelSource.Parameter;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A function of a module, on the device and ready to be launched. Arguments are checked against the
 * parameters in the source, so that none is taken for another. Launches come from one thread at a
 * time: the context's lock is held.
 */
public final class Kernel {
  /** What every block has without asking; from here on the function's attribute says it. */
  private static final int SHARED_BYTES = 48 << 10;

  private static final long SLOT = 8;

  private final CudaContext context;
  private final String name;
  private final List<Parameter> parameters;
  private final MemorySegment function;
  private final MemorySegment values;
  private final MemorySegment pointers;
  private int sharedBytes = SHARED_BYTES;

  private Kernel(
      CudaContext context, String name, List<Parameter> parameters, MemorySegment function) {
    this.context = context;
    this.name = name;
    this.parameters = parameters;
    this.function = function;
    Arena arena = Arena.ofAuto();
    this.values = arena.allocate(SLOT * parameters.size(), SLOT);
    this.pointers = arena.allocate(SLOT * parameters.size(), SLOT);
    for (int i = 0; i < parameters.size(); i++) {
      pointers.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice(SLOT * i, SLOT));
    }
  }

  /**
   * Loads the kernels of a source into the current context.
   *
   * @param binary the source, compiled for this device
   * @param closing what unloads them
   * @return each by its name
   */
  static Map<String, Kernel> load(
      CudaContext context, KernelSource source, byte[] binary, Closing closing) {
    Arena arena = Arena.ofAuto();
    String file = source.name() + ".cu";
    MemorySegment image = arena.allocateFrom(ValueLayout.JAVA_BYTE, binary);
    MemorySegment module =
        Driver.handle(
            "%s: cuModuleLoadData of %s".formatted(context.device(), file),
            to -> Cuda.cuModuleLoadData(to, image));
    closing.undo(() -> Driver.check("cuModuleUnload of " + file, Cuda.cuModuleUnload(module)));
    Map<String, Kernel> kernels = new HashMap<>();
    for (var kernel : source.kernels().entrySet()) {
      String name = kernel.getKey();
      MemorySegment function =
          Driver.handle(
              "cuModuleGetFunction of %s in %s".formatted(name, file),
              to -> Cuda.cuModuleGetFunction(to, module, arena.allocateFrom(name)));
      kernels.put(name, new Kernel(context, name, kernel.getValue(), function));
    }
    return kernels;
  }

  /**
   * Appends the kernel to the device's work.
   *
   * @param arguments in the order of the parameters: a {@link Tensor} of the parameter's element
   *     type, or null, for a pointer; {@code Integer}, {@code Long}, {@code Float} or {@code
   *     Double} for a number of that type
   * @throws ShapeException if an argument does not fit its parameter
   * @throws io.github.deit4j.device.DeviceException.Failed if the launch fails
   */
  public void launch(Grid grid, Object... arguments) {
    if (arguments.length != parameters.size()) {
      throw new ShapeException(
          "kernel %s: %d arguments, expected %d"
              .formatted(name, arguments.length, parameters.size()));
    }
    synchronized (context) {
      long[] words = new long[arguments.length];
      for (int i = 0; i < words.length; i++) {
        words[i] = word(parameters.get(i), arguments[i]);
      }
      context.makeCurrent();
      reserveShared(grid.sharedBytes());
      context.submit(new Launch(this, grid, words));
    }
  }

  /**
   * A launch.
   *
   * @param words the arguments, each at the start of eight bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it
  private record Launch(Kernel kernel, Grid grid, long... words) implements Command {
    @Override
    public void issue() {
      kernel.issue(grid, words);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Launch(Kernel same, Grid blocks, long[] others)
          && kernel == same
          && grid.equals(blocks)
          && Arrays.equals(words, others);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * kernel.hashCode() + grid.hashCode()) + Arrays.hashCode(words);
    }
  }

  private void issue(Grid grid, long... words) {
    MemorySegment.copy(words, 0, values, JAVA_LONG, 0, words.length);
    Driver.check(
        "kernel %s, %s".formatted(name, grid),
        Cuda.cuLaunchKernel(
            function,
            grid.x(),
            grid.y(),
            grid.z(),
            grid.threads(),
            1,
            1,
            grid.sharedBytes(),
            context.stream().handle(),
            pointers,
            MemorySegment.NULL));
    context.launched(name);
  }

  /** Returns an argument as it lies in memory; the rest of the eight bytes is 0. */
  private long word(Parameter parameter, Object argument) {
    if (!fits(parameter, argument)) {
      throw new ShapeException(
          "kernel %s: %s is a %s, found %s"
              .formatted(
                  name,
                  parameter.name(),
                  parameter.type(),
                  argument instanceof Number number
                      ? argument.getClass().getSimpleName() + " " + number
                      : argument));
    }
    // Little-endian, as every machine with such a device is.
    return switch (argument) {
      case Tensor tensor -> tensor.address(context.device());
      case Integer number -> Integer.toUnsignedLong(number);
      case Long number -> number;
      case Float number -> Integer.toUnsignedLong(Float.floatToRawIntBits(number));
      case Double number -> Double.doubleToRawLongBits(number);
      case null, default -> 0;
    };
  }

  private static boolean fits(Parameter parameter, Object argument) {
    return switch (parameter.type()) {
      case "int", "unsigned" -> argument instanceof Integer;
      case "long long" -> argument instanceof Long;
      case "float" -> argument instanceof Float;
      case "double" -> argument instanceof Double;
      default ->
          argument == null
              || argument instanceof Tensor tensor
                  && parameter.elements().map(tensor.dtype()::equals).orElse(true);
    };
  }

  /** Raises the function's limit; beyond the device's no launch can succeed. */
  private void reserveShared(int bytes) {
    if (bytes <= sharedBytes) {
      return;
    }
    int most = context.info().sharedMemory();
    if (bytes > most) {
      throw new DeviceException.Incompatible(
          "kernel %s needs %,d bytes of shared memory, %s (%s) has %,d: use another device"
              .formatted(name, bytes, context.device(), context.info().name(), most));
    }
    Driver.check(
        "kernel %s: cuFuncSetAttribute".formatted(name),
        Cuda.cuFuncSetAttribute(
            function, Cuda.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES(), bytes));
    sharedBytes = bytes;
  }
}
