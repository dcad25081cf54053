package io.github.deit4j.bindings;

import java.util.List;
import java.util.Optional;

/** Loads native libraries: finds each in the first place that has it. */
public final class NativeLibraries {
  private static final LibrarySearch.Wanted OPENBLAS =
      new LibrarySearch.Wanted(
          "OpenBLAS",
          "deit4j.openblas",
          "DEIT4J_OPENBLAS",
          Optional.of("openblas"),
          List.of("libopenblas.so.0", "libopenblas.so"),
          List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5"),
          List.of(
              "cblas_sgemm",
              "openblas_set_num_threads",
              "openblas_get_num_threads",
              "openblas_get_config"));

  private static final LibrarySearch.Wanted TURBOJPEG =
      new LibrarySearch.Wanted(
          "TurboJPEG",
          "deit4j.turbojpeg",
          "DEIT4J_TURBOJPEG",
          Optional.empty(),
          List.of("libturbojpeg.so.0", "libturbojpeg.so"),
          List.of(),
          List.of(
              "tjInitDecompress",
              "tjDecompressHeader3",
              "tjDecompress2",
              "tjDestroy",
              "tjGetErrorStr2"));

  private static LoadReport openBlas;
  private static LoadReport turboJpeg;

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

  /**
   * Loads libjpeg-turbo's TurboJPEG, after which {@code bindings.turbojpeg.TurboJpeg} can be
   * called. Looked for as OpenBLAS, with the property {@code deit4j.turbojpeg} and the variable
   * {@code DEIT4J_TURBOJPEG}; there is no jar.
   *
   * @return what was tried; nothing is thrown
   */
  public static synchronized LoadReport turboJpeg() {
    if (turboJpeg == null || turboJpeg.place().isEmpty()) {
      turboJpeg = new LibrarySearch(System.getProperties(), System.getenv()).load(TURBOJPEG);
    }
    return turboJpeg;
  }
}
