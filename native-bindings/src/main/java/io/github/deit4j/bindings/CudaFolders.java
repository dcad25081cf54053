package io.github.deit4j.bindings;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Where the libraries of CUDA lie on Linux, if they are not among the system's. */
final class CudaFolders {
  private CudaFolders() {}

  /** Returns the folders of a toolkit and of libraries that the environment names. */
  static List<Path> named(Map<String, String> environment) {
    Stream<Path> toolkit =
        Stream.of("CUDA_PATH", "CUDA_HOME")
            .map(environment::get)
            .filter(Objects::nonNull)
            .map(Path::of)
            .flatMap(CudaFolders::libraries);
    Stream<Path> libraries =
        Stream.of(environment.getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator))
            .map(Path::of);
    return Stream.concat(toolkit, libraries).toList();
  }

  /** Returns the folders of installed toolkits, of Windows' driver under WSL, and of wheels. */
  static List<Path> usual(Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    libraries(Path.of("/usr/local/cuda")).forEach(folders::add);
    children(Path.of("/usr/local"), "cuda-*").stream()
        .flatMap(CudaFolders::libraries)
        .forEach(folders::add);
    folders.add(Path.of("/usr/lib64"));
    folders.add(Path.of("/usr/lib/wsl/lib"));
    pythons(environment).flatMap(CudaFolders::wheels).forEach(folders::add);
    return folders;
  }

  private static Stream<Path> libraries(Path toolkit) {
    return Stream.of(toolkit.resolve("lib64"), toolkit.resolve("lib"));
  }

  /**
   * Returns where packages of Python may be installed: an environment's, the user's, all users'.
   */
  private static Stream<Path> pythons(Map<String, String> environment) {
    Stream<Path> active =
        Stream.of("VIRTUAL_ENV", "CONDA_PREFIX")
            .map(environment::get)
            .filter(Objects::nonNull)
            .map(Path::of);
    Stream<Path> user = Stream.ofNullable(environment.get("HOME")).map(h -> Path.of(h, ".local"));
    return Stream.of(active, user, Stream.of(Path.of("/usr/local"), Path.of("/usr")))
        .flatMap(each -> each);
  }

  /** Returns the folders like {@code nvidia/cublas/lib} and {@code nvidia/cu13/lib}. */
  private static Stream<Path> wheels(Path python) {
    return children(python.resolve("lib"), "python3*").stream()
        .flatMap(version -> children(version, "{site,dist}-packages").stream())
        .flatMap(packages -> children(packages.resolve("nvidia"), "*").stream())
        .map(wheel -> wheel.resolve("lib"))
        .filter(Files::isDirectory);
  }

  /** Returns what the folder has of such names, last name first, so that newer versions win. */
  private static List<Path> children(Path folder, String glob) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, glob)) {
      children.forEach(found::add);
    } catch (IOException unreadable) {
      return List.of(); // as good as not there
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }
}
