package io.github.deit4j.bindings;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Folders where MPI lies: clusters keep several beside each other, and the environment chooses. */
final class MpiFolders {
  /** Where distributions put one implementation apart from the others. */
  static final List<Path> USUAL =
      Stream.of(
              "/usr/lib64/openmpi/lib",
              "/usr/lib64/mpich/lib",
              "/usr/lib/x86_64-linux-gnu/openmpi/lib",
              "/usr/lib/aarch64-linux-gnu/openmpi/lib",
              "/usr/lib64",
              "/opt/openmpi/lib",
              "/opt/mpich/lib")
          .map(Path::of)
          .toList();

  private MpiFolders() {}

  /** Returns the folders of installations that the environment names, and of its launcher. */
  static List<Path> named(Map<String, String> environment) {
    Stream<Path> homes =
        Stream.of("MPI_HOME", "MPI_ROOT", "I_MPI_ROOT", "OPAL_PREFIX")
            .map(environment::get)
            .filter(Objects::nonNull)
            .map(Path::of)
            .flatMap(MpiFolders::libraries);
    Stream<Path> loader = paths(environment, "LD_LIBRARY_PATH");
    Stream<Path> launcher =
        paths(environment, "PATH")
            .filter(folder -> folder.resolve("mpirun").toFile().canExecute())
            .limit(1)
            .map(Path::getParent)
            .filter(Objects::nonNull)
            .flatMap(MpiFolders::libraries);
    return Stream.of(homes, loader, launcher).flatMap(each -> each).toList();
  }

  private static Stream<Path> paths(Map<String, String> environment, String variable) {
    return Stream.of(environment.getOrDefault(variable, "").split(File.pathSeparator))
        .filter(path -> !path.isEmpty())
        .map(Path::of);
  }

  private static Stream<Path> libraries(Path home) {
    return Stream.of(home.resolve("lib"), home.resolve("lib64"), home.resolve("lib/release"));
  }
}
