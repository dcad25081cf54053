package io.github.deit4j.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.LibrarySearch.LibraryFile;
import io.github.deit4j.bindings.LibrarySearch.Wanted;
import io.github.deit4j.bindings.LoadReport.Attempt;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class LibrarySearchTest {
  private static final String PROPERTY = "deit4j.blas";
  private static final String VARIABLE = "DEIT4J_BLAS";
  private static final Wanted NOWHERE = wanted("nojar", "libdeit4j_nowhere.so", "sgemm");
  private static final Wanted FROM_JAR = wanted("openblas", "libopenblas.so.0", "cblas_sgemm");

  @TempDir Path dir;

  private static Wanted wanted(String jar, String file, String... functions) {
    return new Wanted(
        "BLAS",
        PROPERTY,
        VARIABLE,
        Optional.of(jar),
        List.of(library(file)),
        List.of(),
        List.of(),
        List.of(functions));
  }

  private static LibraryFile library(String file) {
    return new LibraryFile(file, List.of("libquadmath.so.0", "libgfortran.so.5"));
  }

  private static LoadReport load(Wanted wanted, Map<String, String> properties) {
    return load(wanted, properties, Map.of());
  }

  private static LoadReport load(
      Wanted wanted, Map<String, String> properties, Map<String, String> environment) {
    Properties all = new Properties();
    all.putAll(properties);
    return new LibrarySearch(all, environment).load(wanted);
  }

  /** Returns why the only place that counts failed. */
  private static String failure(LoadReport report) {
    assertThat(report.place()).isEmpty();
    return report.attempts().getLast().failure().orElseThrow();
  }

  @Test
  void reportNamesEveryPlace() {
    LoadReport report = load(NOWHERE, Map.of("java.library.path", dir + File.pathSeparator));
    assertThat(report.place()).isEmpty();
    assertThat(report.attempts())
        .contains(
            Attempt.failed("system property " + PROPERTY, "not set"),
            Attempt.failed("environment " + VARIABLE, "not set"),
            Attempt.failed("jar org.bytedeco:nojar", "not on the class path or module path"),
            Attempt.failed(dir.toString(), "has no libdeit4j_nowhere.so"),
            Attempt.failed("/usr/local/lib", "has no libdeit4j_nowhere.so"));
    assertThat(report.toString().lines())
        .startsWith("BLAS could not be loaded:", "  system property deit4j.blas: not set")
        .contains("  " + dir + ": has no libdeit4j_nowhere.so")
        .last()
        .asString()
        .contains("Install BLAS", "org.bytedeco:nojar", "-Ddeit4j.blas=FILE");
  }

  @Test
  void badPathIsNamedAndEndsTheSearch() {
    String missing = dir.resolve("missing.so").toString();
    LoadReport report = load(FROM_JAR, Map.of(PROPERTY, missing));
    assertThat(failure(report)).isEqualTo("no such file");
    assertThat(report.attempts()).hasSize(1);
    assertThat(report.toString()).contains("system property deit4j.blas=" + missing);
  }

  @Test
  void whatIsNoPathAtAllIsNamed() {
    assertThat(failure(load(FROM_JAR, Map.of(PROPERTY, "a\0b")))).contains("no path", "Nul");
  }

  @Test
  void propertyWinsOverEnvironment() {
    LoadReport report = load(NOWHERE, Map.of(PROPERTY, "/a.so"), Map.of(VARIABLE, "/b.so"));
    assertThat(report.attempts())
        .containsExactly(Attempt.failed("system property deit4j.blas=/a.so", "no such file"));
  }

  @Test
  void environmentWinsOverJar() {
    LoadReport report = load(FROM_JAR, Map.of(), Map.of(VARIABLE, "/b.so"));
    assertThat(failure(report)).isEqualTo("no such file");
    assertThat(report.attempts().getLast().place()).isEqualTo("environment DEIT4J_BLAS=/b.so");
  }

  @Test
  void fileThatIsNoLibraryGivesTheLoadersReason() throws IOException {
    Path planted = Files.writeString(dir.resolve("planted.so"), "this is not a library");
    assertThat(failure(load(FROM_JAR, Map.of(PROPERTY, planted.toString()))))
        .contains(planted.toString(), "file too short");
    Files.writeString(planted, "this is not a library, ".repeat(1000));
    assertThat(failure(load(FROM_JAR, Map.of(PROPERTY, planted.toString()))))
        .contains("invalid ELF header");
  }

  @Test
  void missingFunctionsAreNamed() {
    requireJar();
    Wanted more = wanted("openblas", "libopenblas.so.0", "cblas_sgemm", "no_gemm", "no_axpy");
    LoadReport report = load(more, Map.of());
    assertThat(report.place()).isEmpty();
    assertThat(report.attempts())
        .contains(Attempt.failed("jar org.bytedeco:openblas", "lacks no_gemm, no_axpy"));
  }

  @Test
  void jarOnTheClassPathHasTheLibrary() {
    requireJar();
    assertThat(load(FROM_JAR, Map.of()).place()).contains("jar org.bytedeco:openblas");
  }

  @Test
  void jarOnTheModulePathNeedsNoPartInTheModuleGraph() throws IOException {
    requireJar();
    String jar =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> entry.contains("openblas"))
            .findFirst()
            .orElseThrow();
    assertThat(ModuleFinder.of(Path.of(jar)).findAll()).hasSize(1);
    assertThat(load(FROM_JAR, Map.of("jdk.module.path", jar)).place())
        .contains("jar org.bytedeco:openblas");
  }

  @Test
  void modulePathThatCannotBeReadIsNamed() throws IOException {
    Path broken = Files.writeString(dir.resolve("broken.jar"), "no jar");
    assertThat(load(NOWHERE, Map.of("jdk.module.path", broken.toString())).toString())
        .contains("jar org.bytedeco:nojar: cannot be unpacked", broken.toString());
  }

  @Test
  void folderIsSearchedForTheFileNames() throws IOException {
    requireJar();
    try (NativesJar jar = NativesJar.of("openblas", new Properties())) {
      Optional<Path> library = jar.extract(library("libopenblas.so.0"));
      String folder = library.orElseThrow().getParent().toString();
      assertThat(load(FROM_JAR, Map.of(PROPERTY, folder)).place())
          .contains("system property deit4j.blas=" + folder + ", libopenblas.so.0");
    }
    assertThat(failure(load(FROM_JAR, Map.of(PROPERTY, dir.toString()))))
        .isEqualTo("has no libopenblas.so.0");
  }

  @Test
  void unpackedFilesAreTheUsersOnlyAndGoAgain() throws IOException {
    requireJar();
    Path folder;
    try (NativesJar jar = NativesJar.of("openblas", new Properties())) {
      folder = jar.extract(library("libopenblas.so.0")).orElseThrow().getParent();
      assertThat(Files.getPosixFilePermissions(folder))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void libraryOnceLoadedStays() {
    requireJar();
    assertThat(NativeLibraries.openBlas().place()).isPresent();
    assertThat(NativeLibraries.openBlas()).isSameAs(NativeLibraries.openBlas());
    assertThat(NativeLibraries.openBlas().toString()).startsWith("OpenBLAS is loaded from ");
  }

  private static void requireJar() {
    String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64";
    String resource = "/org/bytedeco/openblas/linux-" + cpu + "/libopenblas.so.0";
    assumeTrue(
        LibrarySearchTest.class.getResource(resource) != null, "no natives jar for this platform");
  }
}
