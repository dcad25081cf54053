package io.github.deit4j.bindings;

import java.util.List;

/** Loads native libraries: finds each in the first place that has it. */
public final class NativeLibraries {
  private static final LibrarySearch.Wanted OPENBLAS =
      new LibrarySearch.Wanted(
          "OpenBLAS",
          "deit4j.openblas",
          "DEIT4J_OPENBLAS",
          "openblas",
          List.of("libopenblas.so.0", "libopenblas.so"),
          List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5"),
          List.of(
              "cblas_sgemm",
              "openblas_set_num_threads",
              "openblas_get_num_threads",
              "openblas_get_config"));

  private static LoadReport openBlas;

  private NativeLibraries() {}

  /**
   * Loads OpenBLAS, after which {@code bindings.openblas.OpenBlas} can be called. Looked for, in
   * this order: the file or folder of the system property {@code deit4j.openblas}; that of the
   * environment variable {@code DEIT4J_OPENBLAS}; the jar {@code org.bytedeco:openblas} of this
   * platform, on the class path or module path; the folders of {@code java.library.path} and the
   * system's. A place that is named by a setting must have it: then no other is looked at.
   *
   * <p>A library once loaded stays; where it was not found the next call looks again.
   *
   * @return what was tried; nothing is thrown
   */
  public static synchronized LoadReport openBlas() {
    if (openBlas == null || openBlas.place().isEmpty()) {
      openBlas = new LibrarySearch(System.getProperties(), System.getenv()).load(OPENBLAS);
    }
    return openBlas;
  }
}
