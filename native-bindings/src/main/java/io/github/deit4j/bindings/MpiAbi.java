package io.github.deit4j.bindings;

import io.github.deit4j.bindings.mpi.LibMpi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The constants that implementations of MPI do not share: the standard fixed them in version 5
 * only. Handles are pointers in the standard ABI and in Open MPI, and ints in MPICH, which reads
 * the low half of the register or stack slot that a pointer fills (x86-64 and AArch64 Linux).
 *
 * @param name what the constants are called
 * @param world {@code MPI_COMM_WORLD}
 * @param bytes {@code MPI_BYTE}
 * @param errorsReturn {@code MPI_ERRORS_RETURN}
 * @param funneled {@code MPI_THREAD_FUNNELED}
 */
public record MpiAbi(
    String name,
    MemorySegment world,
    MemorySegment bytes,
    MemorySegment errorsReturn,
    int funneled) {
  static final String OPEN_MPI_WORLD = "ompi_mpi_comm_world";

  /** The file name that the standard gives to libraries with its constants. */
  private static final String STANDARD_FILE = "libmpi_abi.";

  /**
   * Returns the constants of the library that {@link NativeLibraries#mpi} has loaded.
   *
   * @param report what that returned
   * @throws IllegalStateException if no library is loaded
   */
  public static MpiAbi loaded(LoadReport report) {
    String place = report.place().orElseThrow(() -> new IllegalStateException(report.toString()));
    if (place.contains(STANDARD_FILE)) {
      return new MpiAbi(
          "standard ABI",
          LibMpi.MPI_COMM_WORLD(),
          LibMpi.MPI_BYTE(),
          LibMpi.MPI_ERRORS_RETURN(),
          LibMpi.MPI_THREAD_FUNNELED());
    }
    SymbolLookup symbols = SymbolLookup.loaderLookup();
    Optional<MemorySegment> world = symbols.find(OPEN_MPI_WORLD);
    return world.isPresent()
        ? new MpiAbi(
            "Open MPI",
            world.get(),
            symbols.findOrThrow("ompi_mpi_byte"),
            symbols.findOrThrow("ompi_mpi_errors_return"),
            1)
        : new MpiAbi("MPICH", handle(0x44000000), handle(0x4c00010d), handle(0x54000001), 1);
  }

  private static MemorySegment handle(int value) {
    return MemorySegment.ofAddress(Integer.toUnsignedLong(value));
  }

  /** Returns what the loaded library calls itself, one line. It need not be initialised. */
  public static String libraryVersion() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment text = arena.allocate(LibMpi.MPI_MAX_LIBRARY_VERSION_STRING());
      MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
      return LibMpi.MPI_Get_library_version(text, length) == LibMpi.MPI_SUCCESS()
          ? firstWords(text.getString(0))
          : "MPI of unknown version";
    }
  }

  /** Open MPI goes on with the host that built it, MPICH with its options. */
  private static String firstWords(String text) {
    String line = text.lines().findFirst().orElse("").split(",")[0];
    return line.strip().replaceAll("\\s*:\\s*|\\s+", " ");
  }
}
