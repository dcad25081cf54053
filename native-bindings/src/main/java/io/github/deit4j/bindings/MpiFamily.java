package io.github.deit4j.bindings;

import java.util.List;
import java.util.Optional;

/** Implementations of MPI whose launchers and libraries know each other. */
public enum MpiFamily {
  /** Open MPI, from version 4 on. */
  OPEN_MPI("Open MPI", List.of("libmpi.so.40", "libmpi.so"), Optional.of(MpiAbi.OPEN_MPI_WORLD)),

  /** MPICH and what descends from it: Intel MPI, MVAPICH, Cray MPICH. */
  MPICH(
      "MPICH",
      List.of(
          "libmpi_abi.so.0",
          "libmpi_abi.so",
          "libmpich.so.12",
          "libmpi.so.12",
          "libmpich.so",
          "libmpi.so"),
      Optional.empty()),

  /** Whichever is there. */
  ANY(
      "MPI",
      List.of(
          "libmpi.so.40",
          "libmpi_abi.so.0",
          "libmpi_abi.so",
          "libmpich.so.12",
          "libmpi.so.12",
          "libmpi.so",
          "libmpich.so"),
      Optional.empty());

  private final String title;
  private final List<String> files;
  private final Optional<String> mark;

  MpiFamily(String title, List<String> files, Optional<String> mark) {
    this.title = title;
    this.files = files;
    this.mark = mark;
  }

  /** Returns what people call it. */
  String title() {
    return title;
  }

  /** Returns the names of its libraries, the best first. */
  List<String> files() {
    return files;
  }

  /** Returns a symbol that none but its libraries have. */
  Optional<String> mark() {
    return mark;
  }
}
