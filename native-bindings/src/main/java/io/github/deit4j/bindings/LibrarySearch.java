package io.github.deit4j.bindings;

import io.github.deit4j.bindings.LoadReport.Attempt;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks for a native library with one set of properties and environment variables, and loads the
 * first that fits into this class's loader.
 */
final class LibrarySearch {
  private static final List<String> SYSTEM_FOLDERS =
      List.of("/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu");

  private final Properties properties;
  private final Map<String, String> environment;

  LibrarySearch(Properties properties, Map<String, String> environment) {
    this.properties = properties;
    this.environment = environment;
  }

  /**
   * A library and how to know it.
   *
   * @param name what its makers call it
   * @param property the system property that names its file or folder
   * @param variable the environment variable that does
   * @param jar the artifact of the group {@code org.bytedeco} that has it, if one has
   * @param files its files, the best first
   * @param namedFolders folders that the environment names, looked at before the jar
   * @param usualFolders folders where it often lies, looked at last
   * @param functions what it must have
   */
  record Wanted(
      String name,
      String property,
      String variable,
      Optional<String> jar,
      List<LibraryFile> files,
      List<Path> namedFolders,
      List<Path> usualFolders,
      List<String> functions) {
    String advice() {
      String fromJar =
          jar.map(
                  artifact ->
                      ", put the jar org.bytedeco:%s of this platform on the class path or module path"
                          .formatted(artifact))
              .orElse("");
      return "Install %s%s, or name the library's file with -D%s=FILE."
          .formatted(name, fromJar, property);
    }
  }

  /**
   * One of the names of a library.
   *
   * @param name the file's
   * @param companions libraries it needs, in the order in which they can be loaded; those that lie
   *     in its folder are taken from there, because its own search path does not hold for theirs
   * @param shared whether libraries that this one opens later find its functions; the loader of the
   *     JVM hides them
   */
  record LibraryFile(String name, List<String> companions, boolean shared) {
    LibraryFile(String name, List<String> companions) {
      this(name, companions, false);
    }
  }

  LoadReport load(Wanted wanted) {
    List<Attempt> attempts = new ArrayList<>();
    if (!setting("system property ", wanted.property(), property(wanted), wanted, attempts)
        && !setting("environment ", wanted.variable(), variable(wanted), wanted, attempts)
        && !folders(wanted.namedFolders().stream(), wanted, attempts)
        && !jar(wanted, attempts)) {
      folders(Stream.concat(systemFolders(), wanted.usualFolders().stream()), wanted, attempts);
    }
    return new LoadReport(wanted.name(), attempts, wanted.advice());
  }

  private Optional<String> property(Wanted wanted) {
    return Optional.ofNullable(properties.getProperty(wanted.property()));
  }

  private Optional<String> variable(Wanted wanted) {
    return Optional.ofNullable(environment.get(wanted.variable()));
  }

  /** Returns whether the setting is there, which ends the search. */
  private static boolean setting(
      String kind, String name, Optional<String> value, Wanted wanted, List<Attempt> attempts) {
    if (value.isEmpty()) {
      attempts.add(Attempt.failed(kind + name, "not set"));
      return false;
    }
    String place = kind + name + "=" + value.get();
    try {
      Path path = Path.of(value.get()).toAbsolutePath();
      if (Files.isDirectory(path)) {
        folder(place, path, wanted, attempts);
      } else {
        attempts.add(attempt(place, path, fileNamed(path, wanted), wanted));
      }
    } catch (InvalidPathException e) {
      attempts.add(Attempt.failed(place, "no path: " + e.getMessage()));
    }
    return true;
  }

  /** The file may bear any name; then it is taken for the best. */
  private static LibraryFile fileNamed(Path path, Wanted wanted) {
    return wanted.files().stream()
        .filter(file -> path.endsWith(file.name()))
        .findFirst()
        .orElse(wanted.files().getFirst());
  }

  private boolean jar(Wanted wanted, List<Attempt> attempts) {
    if (wanted.jar().isEmpty()) {
      return false;
    }
    String artifact = wanted.jar().get();
    String place = "jar org.bytedeco:" + artifact;
    try (NativesJar jar = NativesJar.of(artifact, properties)) {
      for (LibraryFile file : wanted.files()) {
        Optional<Path> library = jar.extract(file);
        if (library.isPresent()) {
          attempts.add(attempt(place, library.get(), file, wanted));
          return attempts.getLast().succeeded();
        }
      }
      attempts.add(Attempt.failed(place, "not on the class path or module path"));
    } catch (IOException e) {
      attempts.add(Attempt.failed(place, "cannot be unpacked: " + e));
    }
    return false;
  }

  private Stream<Path> systemFolders() {
    Stream<String> jvm =
        Stream.of(properties.getProperty("java.library.path", "").split(File.pathSeparator));
    return Stream.concat(jvm, SYSTEM_FOLDERS.stream()).map(Path::of);
  }

  /** Returns whether one of the folders had the library. */
  private static boolean folders(Stream<Path> folders, Wanted wanted, List<Attempt> attempts) {
    return folders
        .filter(Path::isAbsolute)
        .filter(folder -> attempts.stream().noneMatch(each -> each.isOf(folder)))
        .anyMatch(folder -> folder(folder.toString(), folder, wanted, attempts));
  }

  private static boolean folder(String place, Path folder, Wanted wanted, List<Attempt> attempts) {
    List<LibraryFile> files =
        wanted.files().stream().filter(file -> Files.exists(folder.resolve(file.name()))).toList();
    if (files.isEmpty()) {
      attempts.add(
          Attempt.failed(
              place,
              wanted.files().stream()
                  .map(LibraryFile::name)
                  .collect(Collectors.joining(" or ", "has no ", ""))));
    }
    for (LibraryFile file : files) {
      attempts.add(attempt(place + ", " + file.name(), folder.resolve(file.name()), file, wanted));
      if (attempts.getLast().succeeded()) {
        return true;
      }
    }
    return false;
  }

  private static Attempt attempt(String place, Path library, LibraryFile file, Wanted wanted) {
    if (!Files.isRegularFile(library)) {
      return Attempt.failed(place, "no such file");
    }
    // Held open until it is loaded for good; let go at once if it is not what was wanted, so that
    // its functions are not taken for those of a better one.
    try (Arena probe = Arena.ofShared()) {
      loadCompanions(library, file);
      SymbolLookup symbols = open(library, probe);
      List<String> missing =
          wanted.functions().stream().filter(name -> symbols.find(name).isEmpty()).toList();
      if (!missing.isEmpty()) {
        return Attempt.failed(place, "lacks " + String.join(", ", missing));
      }
      System.load(library.toString());
      if (file.shared()) {
        NativeProcess.shareFunctions(library);
      }
      return Attempt.loaded(place);
    } catch (UnsatisfiedLinkError e) {
      return Attempt.failed(place, e.getMessage());
    } catch (IllegalCallerException e) {
      return Attempt.failed(
          place, e.getMessage() + " (grant --enable-native-access=io.github.deit4j.bindings)");
    }
  }

  private static void loadCompanions(Path library, LibraryFile file) {
    file.companions().stream()
        .map(library::resolveSibling)
        .filter(Files::isRegularFile)
        .forEach(companion -> System.load(companion.toString()));
  }

  /** Where the lookup fails without a reason, the loader gives it. */
  private static SymbolLookup open(Path library, Arena arena) {
    try {
      return SymbolLookup.libraryLookup(library, arena);
    } catch (IllegalArgumentException notOpened) {
      System.load(library.toString());
      throw new UnsatisfiedLinkError(notOpened.getMessage());
    }
  }
}
