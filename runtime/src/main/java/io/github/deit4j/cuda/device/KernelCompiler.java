package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.nvrtc.Nvrtc;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Compiles kernels for one architecture by NVRTC. */
final class KernelCompiler {
  /** Valid for nvcc too. No fast math: division, roots and subnormals stay exact. */
  static final List<String> OPTIONS = List.of("--std=c++17", "--generate-line-info");

  private final DeviceInfo device;
  private final CudaLibraries.Version version;

  /**
   * Prepares for a device.
   *
   * @throws DeviceException.Incompatible if NVRTC does not know its architecture
   */
  KernelCompiler(DeviceInfo device, CudaLibraries.Version version) {
    this.device = device;
    this.version = version;
    List<Integer> known = architectures();
    if (!known.contains(10 * device.major() + device.minor())) {
      throw new DeviceException.Incompatible(
          "%s: NVRTC %s cannot compile for %s (%s), but for %s; install %s"
              .formatted(
                  device.key(),
                  version,
                  device.architecture(),
                  device.name(),
                  known.stream().map(each -> "sm_" + each).toList(),
                  "a version of CUDA that knows the device"));
    }
  }

  private static List<Integer> architectures() {
    MemorySegment count = Driver.pointer();
    check("nvrtcGetNumSupportedArchs", Nvrtc.nvrtcGetNumSupportedArchs(count));
    int architectures = Driver.getInt(count);
    MemorySegment all = Arena.ofAuto().allocate(ValueLayout.JAVA_INT, architectures);
    check("nvrtcGetSupportedArchs", Nvrtc.nvrtcGetSupportedArchs(all));
    return IntStream.of(all.toArray(ValueLayout.JAVA_INT)).boxed().toList();
  }

  /** Returns all that the compiled code depends on besides the source. */
  String settings() {
    return "NVRTC %s %s".formatted(version, options());
  }

  private List<String> options() {
    return Stream.concat(Stream.of("--gpu-architecture=" + device.architecture()), OPTIONS.stream())
        .toList();
  }

  /**
   * Compiles a source.
   *
   * @return code for the device
   * @throws DeviceException.Failed with the compiler's messages
   */
  byte[] compile(KernelSource source) {
    Arena arena = Arena.ofAuto();
    MemorySegment pointer = Driver.pointer();
    check(
        "nvrtcCreateProgram of " + source.name() + ".cu",
        Nvrtc.nvrtcCreateProgram(
            pointer,
            arena.allocateFrom(source.text()),
            arena.allocateFrom(source.name() + ".cu"),
            source.headers().size(),
            strings(arena, source.headers().values()),
            strings(arena, source.headers().keySet())));
    MemorySegment program = Driver.get(pointer);
    try {
      return compile(arena, source, program);
    } finally {
      check("nvrtcDestroyProgram", Nvrtc.nvrtcDestroyProgram(pointer));
    }
  }

  private byte[] compile(Arena arena, KernelSource source, MemorySegment program) {
    List<String> options = options();
    int code = Nvrtc.nvrtcCompileProgram(program, options.size(), strings(arena, options));
    if (code == Nvrtc.NVRTC_ERROR_COMPILATION()) {
      throw failure("%s.cu with %s".formatted(source.name(), settings()), code, log(program));
    }
    check("nvrtcCompileProgram of " + source.name() + ".cu", code);
    MemorySegment size = Driver.pointer();
    check("nvrtcGetCUBINSize", Nvrtc.nvrtcGetCUBINSize(program, size));
    MemorySegment binary = arena.allocate(Driver.getLong(size));
    check("nvrtcGetCUBIN", Nvrtc.nvrtcGetCUBIN(program, binary));
    return binary.toArray(ValueLayout.JAVA_BYTE);
  }

  private static String log(MemorySegment program) {
    MemorySegment size = Driver.pointer();
    check("nvrtcGetProgramLogSize", Nvrtc.nvrtcGetProgramLogSize(program, size));
    MemorySegment log = Arena.ofAuto().allocate(Driver.getLong(size));
    check("nvrtcGetProgramLog", Nvrtc.nvrtcGetProgramLog(program, log));
    return log.getString(0);
  }

  private static MemorySegment strings(Arena arena, Collection<String> strings) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, Math.max(1, strings.size()));
    int index = 0;
    for (String string : strings) {
      array.setAtIndex(ValueLayout.ADDRESS, index++, arena.allocateFrom(string));
    }
    return array;
  }

  static void check(String what, int code) {
    if (code != Nvrtc.NVRTC_SUCCESS()) {
      throw failure(what, code, "");
    }
  }

  private static DeviceException.Failed failure(String what, int code, String log) {
    String name = CString.at(Nvrtc.nvrtcGetErrorString(code));
    String end = log.isEmpty() ? "" : System.lineSeparator() + log.strip();
    return new DeviceException.Failed("%s: %s (%d)%s".formatted(what, name, code, end), name);
  }
}
