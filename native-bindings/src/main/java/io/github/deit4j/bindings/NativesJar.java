package io.github.deit4j.bindings;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The libraries for this platform in one of the {@code org.bytedeco} jars, unpacked to a folder
 * that only this user can read. Closing deletes the folder; what was loaded from it stays in
 * memory.
 *
 * <p>On the module path the jar need not be part of the module graph: it requires modules with Java
 * code that nobody needs here.
 */
final class NativesJar implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NativesJar.class.getName());

  private final String resources;
  private final Optional<ModuleReader> module;
  private Path folder;

  private NativesJar(String resources, Optional<ModuleReader> module) {
    this.resources = resources;
    this.module = module;
  }

  /**
   * Finds the jar; without it all of its files are missing.
   *
   * @param artifact its name in the group {@code org.bytedeco}
   * @throws IOException if the module path cannot be read
   */
  static NativesJar of(String artifact, Properties properties) throws IOException {
    String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
    String module = "org.bytedeco.%s.linux.%s".formatted(artifact, cpu);
    String resources = "org/bytedeco/%s/linux-%s/".formatted(artifact, cpu);
    Path[] modulePath =
        Stream.of(properties.getProperty("jdk.module.path", "").split(File.pathSeparator))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .toArray(Path[]::new);
    try {
      Optional<ModuleReference> reference = ModuleFinder.of(modulePath).find(module);
      return new NativesJar(
          resources,
          reference.isPresent() ? Optional.of(reference.get().open()) : Optional.empty());
    } catch (FindException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Unpacks a library and those of its companions that are there; nothing if it is not. */
  Optional<Path> extract(LibrarySearch.LibraryFile library) throws IOException {
    if (!copy(library.name())) {
      return Optional.empty();
    }
    for (String companion : library.companions()) {
      copy(companion);
    }
    return Optional.of(folder.resolve(library.name()));
  }

  private boolean copy(String file) throws IOException {
    try (InputStream from = open(resources + file)) {
      if (from == null) {
        return false;
      }
      if (folder == null) {
        folder = Files.createTempDirectory("deit4j-natives-");
      }
      Files.copy(from, folder.resolve(file));
      return true;
    }
  }

  private InputStream open(String resource) throws IOException {
    return module.isPresent()
        ? module.get().open(resource).orElse(null)
        : NativesJar.class.getClassLoader().getResourceAsStream(resource);
  }

  /** Never throws: what cannot be deleted is no reason to give up a library that is loaded. */
  @Override
  public void close() {
    try {
      if (module.isPresent()) {
        module.get().close();
      }
      if (folder != null) {
        delete(folder);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "left behind: " + folder, e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
