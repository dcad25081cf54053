package io.github.deit4j.bindings;

import io.github.deit4j.bindings.LibrarySearch.LibraryFile;
import io.github.deit4j.bindings.LibrarySearch.Wanted;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.bindings.mpi.LibMpi;
import io.github.deit4j.bindings.nccl.Nccl;
import io.github.deit4j.bindings.nvrtc.Nvrtc;
import io.github.deit4j.bindings.openblas.OpenBlas;
import io.github.deit4j.bindings.turbojpeg.TurboJpeg;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Loads native libraries: finds each in the first place that has it, with every function that the
 * bindings call.
 *
 * <p>Every library is looked for in this order: the file or folder of its system property; that of
 * its environment variable; folders that the environment names for libraries of its kind; its jar
 * for this platform, on the class path or module path; the folders of {@code java.library.path} and
 * the system's; folders where it often lies. A place that is named by the property or variable must
 * have it: then no other is looked at.
 *
 * <p>A library once loaded stays; where it was not found the next call looks again. No method here
 * throws: what was tried is in the report.
 */
public final class NativeLibraries {
  private static final int OLDEST_CUDA = 12;
  private static final int NEWEST_CUDA = 13;

  private static final Map<String, LoadReport> LOADED = new HashMap<>();

  private NativeLibraries() {}

  /**
   * Loads OpenBLAS, after which {@code bindings.openblas.OpenBlas} can be called. Its property is
   * {@code deit4j.openblas}, its variable {@code DEIT4J_OPENBLAS}, its jar {@code
   * org.bytedeco:openblas}.
   */
  public static LoadReport openBlas() {
    List<String> companions = List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5");
    return load(
        new Wanted(
            "OpenBLAS",
            "deit4j.openblas",
            "DEIT4J_OPENBLAS",
            Optional.of("openblas"),
            List.of(
                new LibraryFile("libopenblas.so.0", companions),
                new LibraryFile("libopenblas.so", companions)),
            List.of(),
            List.of(),
            functions(OpenBlas.class)));
  }

  /**
   * Loads the driver of NVIDIA's devices, after which {@code bindings.cuda.Cuda} can be called. Its
   * property is {@code deit4j.cuda}, its variable {@code DEIT4J_CUDA}.
   */
  public static LoadReport cuda() {
    return load(
        wanted(
            "the CUDA driver",
            "cuda",
            Optional.empty(),
            List.of(file("libcuda.so.1"), file("libcuda.so")),
            Cuda.class));
  }

  /**
   * Loads cuBLAS and cuBLASLt, after which {@code bindings.cublas.Cublas} can be called. Their
   * property is {@code deit4j.cublas}, their variable {@code DEIT4J_CUBLAS}, their jar {@code
   * org.bytedeco:cuda}; the folders of {@code CUDA_PATH} and {@code LD_LIBRARY_PATH}, of the CUDA
   * toolkit and of Python's packages are looked at too.
   *
   * @param driver the major version of CUDA that the driver knows; newer libraries do not run on it
   */
  public static LoadReport cublas(int driver) {
    return load(
        wanted(
            "cuBLAS",
            "cublas",
            Optional.of("cuda"),
            versions(driver)
                .mapToObj(
                    major ->
                        new LibraryFile(
                            "libcublas.so." + major, List.of("libcublasLt.so." + major)))
                .toList(),
            Cublas.class));
  }

  /**
   * Loads CUDA's run-time compiler, after which {@code bindings.nvrtc.Nvrtc} can be called. Its
   * property is {@code deit4j.nvrtc}, its variable {@code DEIT4J_NVRTC}; for the rest see {@link
   * #cublas}.
   *
   * @param driver the major version of CUDA that the driver knows; newer libraries do not run on it
   */
  public static LoadReport nvrtc(int driver) {
    return load(
        wanted(
            "NVRTC",
            "nvrtc",
            Optional.of("cuda"),
            versions(driver)
                .mapToObj(major -> new LibraryFile("libnvrtc.so." + major, builtins(major)))
                .toList(),
            Nvrtc.class));
  }

  /**
   * Loads NCCL, after which {@code bindings.nccl.Nccl} can be called. Its property is {@code
   * deit4j.nccl}, its variable {@code DEIT4J_NCCL}; it is looked for where {@link #cublas} is, but
   * in no jar.
   */
  public static LoadReport nccl() {
    return load(
        wanted("NCCL", "nccl", Optional.empty(), List.of(file("libnccl.so.2")), Nccl.class));
  }

  /**
   * Loads libjpeg-turbo's TurboJPEG, after which {@code bindings.turbojpeg.TurboJpeg} can be
   * called. Its property is {@code deit4j.turbojpeg}, its variable {@code DEIT4J_TURBOJPEG}; there
   * is no jar.
   */
  public static LoadReport turboJpeg() {
    return load(
        new Wanted(
            "TurboJPEG",
            "deit4j.turbojpeg",
            "DEIT4J_TURBOJPEG",
            Optional.empty(),
            List.of(file("libturbojpeg.so.0"), file("libturbojpeg.so")),
            List.of(),
            List.of(),
            functions(TurboJpeg.class)));
  }

  /**
   * Loads MPI, after which {@link MpiAbi#loaded} tells the constants with which {@code
   * bindings.mpi.LibMpi} is called. Its property is {@code deit4j.mpi}, its variable {@code
   * DEIT4J_MPI}; there is no jar. The folders of {@code MPI_HOME}, {@code I_MPI_ROOT} and {@code
   * LD_LIBRARY_PATH} are looked at, and the one beside the launcher {@code mpirun} in {@code PATH}.
   *
   * @param family whose library is wanted: the launcher of another leaves every process alone
   */
  public static LoadReport mpi(MpiFamily family) {
    // Its constructor takes SIGSEGV and others away, which the JVM lives on, unless it reads this.
    NativeProcess.setEnvironment("UCX_ERROR_SIGNALS", "");
    List<String> functions = new ArrayList<>(functions(LibMpi.class));
    family.mark().ifPresent(functions::add);
    return load(
        new Wanted(
            family.title(),
            "deit4j.mpi",
            "DEIT4J_MPI",
            Optional.empty(),
            family.files().stream().map(name -> new LibraryFile(name, List.of(), true)).toList(),
            MpiFolders.named(System.getenv()),
            MpiFolders.USUAL,
            functions));
  }

  private static Wanted wanted(
      String name, String key, Optional<String> jar, List<LibraryFile> files, Class<?> bindings) {
    return new Wanted(
        name,
        "deit4j." + key,
        "DEIT4J_" + key.toUpperCase(Locale.ROOT),
        jar,
        files,
        CudaFolders.named(System.getenv()),
        CudaFolders.usual(System.getenv()),
        functions(bindings));
  }

  private static LibraryFile file(String name) {
    return new LibraryFile(name, List.of());
  }

  /** Returns the major versions that run on the driver, newest first; all for one too old. */
  private static IntStream versions(int driver) {
    int newest = Math.clamp(driver, OLDEST_CUDA, NEWEST_CUDA);
    return IntStream.iterate(newest, major -> major >= OLDEST_CUDA, major -> major - 1);
  }

  /** NVRTC opens this file when it first compiles, by then gone if it came out of a jar. */
  private static List<String> builtins(int major) {
    return IntStream.rangeClosed(0, 9)
        .mapToObj(minor -> "libnvrtc-builtins.so.%d.%d".formatted(major, minor))
        .toList();
  }

  /** Returns the functions that a generated class calls: each has a method for its descriptor. */
  private static List<String> functions(Class<?> bindings) {
    String suffix = "$descriptor";
    return Stream.of(bindings.getMethods())
        .map(Method::getName)
        .filter(name -> name.endsWith(suffix))
        .map(name -> name.substring(0, name.length() - suffix.length()))
        .sorted()
        .toList();
  }

  private static synchronized LoadReport load(Wanted wanted) {
    LoadReport loaded = LOADED.get(wanted.name());
    if (loaded == null || loaded.place().isEmpty()) {
      loaded = new LibrarySearch(System.getProperties(), System.getenv()).load(wanted);
      LOADED.put(wanted.name(), loaded);
    }
    return loaded;
  }
}
