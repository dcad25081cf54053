package io.github.deit4j.cli;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher {@code deit}, in a checkout whose build is a script that takes no time. */
@DisabledOnOs(OS.WINDOWS) // has no bash
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "deit").toAbsolutePath().normalize();

  /** What it shares with the archive's. */
  private static final String COMMON = "bench/src/main/archive/lib/start.sh";

  private static final int LONGEST_SECONDS = 60;

  /** Where the pages of classes begin in a class archive, behind its header. */
  private static final int BEHIND_THE_HEADER = 1 << 16;

  private static final int PAGE = 1 << 12;

  /** A program that says where it was started from and with which arguments. */
  private static final String MAIN =
      """
      package io.github.deit4j.cli;

      public final class Main {
        public static void main(String[] args) {
          System.out.println("arguments " + String.join(" ", args));
          for (String entry : System.getProperty("java.class.path").split(":")) {
            System.out.println("entry " + entry + " " + new java.io.File(entry).isFile());
          }
        }
      }
      """;

  /** Does what the build does: leaves one jar and the libraries, and counts how often. */
  private static final String MAVEN =
      """
      #!/bin/sh
      while [ "$1" != -f ]; do shift; done
      target=$(dirname "$2")/bench/target
      echo built >>"$target.builds"
      mkdir -p "$target/lib"
      cp '%1$s/main.jar' "$target/bench.jar"
      cp '%1$s/main.jar' "$target/lib/model.jar"
      cp '%1$s/main.jar' "$target/lib/runtime.jar"
      %2$s
      """;

  /** A JDK that writes no class archive, which takes seconds. */
  private static final String JAVA =
      """
      #!/bin/sh
      case $* in *DumpLoadedClassList*) exit 1 ;; esac
      exec '%s' "$@"
      """;

  @TempDir static Path shared;
  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private Path checkout;

  @BeforeAll
  static void compile() throws Exception {
    Files.writeString(shared.resolve("Main.java"), MAIN);
    Files.writeString(shared.resolve("WarmUp.java"), MAIN.replace("Main", "WarmUp"));
    for (List<String> command :
        List.of(
            List.of(jdk("javac"), "-d", "classes", "Main.java", "WarmUp.java"),
            List.of(jdk("jar"), "--create", "--file", "main.jar", "-C", "classes", "."))) {
      assertThat(run(shared, command, Map.of()).code).isZero();
    }
  }

  @BeforeEach
  void prepare() throws Exception {
    checkout = checkout("checkout");
    maven("");
    Path java = Files.createDirectories(folder.resolve("jdk/bin"));
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    script(java.resolve("java"), JAVA.formatted(jdk("java")));
    script(java.resolve("javac"), "");
    environment.put("JAVA_HOME", folder.resolve("jdk").toString());
    environment.put("MAVEN_HOME", folder.resolve("maven").toString());
    environment.put("PATH", folder.resolve("maven/bin") + ":/usr/bin:/bin");
    environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    environment.put("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
  }

  private static String jdk(String tool) {
    return Path.of(System.getProperty("java.home"), "bin", tool).toString();
  }

  private void maven(String last) throws IOException {
    Path maven = Files.createDirectories(folder.resolve("maven/bin")).resolve("mvn");
    script(maven, MAVEN.formatted(shared, last));
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Path checkout(String name) throws IOException {
    Path root = Files.createDirectories(folder.resolve(name));
    Files.copy(LAUNCHER, root.resolve("deit"), COPY_ATTRIBUTES);
    Files.createDirectories(root.resolve(COMMON).getParent());
    Files.copy(LAUNCHER.resolveSibling(COMMON), root.resolve(COMMON));
    Files.writeString(root.resolve("pom.xml"), "");
    for (String module : List.of("native-bindings", "runtime", "model", "bench")) {
      Files.createDirectories(root.resolve(module));
      Files.writeString(root.resolve(module).resolve("pom.xml"), "");
    }
    return root;
  }

  private record Result(int code, String out) {
    List<String> lines(String beginning) {
      return out.lines().filter(line -> line.startsWith(beginning)).toList();
    }
  }

  private Result deit(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(checkout.resolve("deit").toString()));
    command.addAll(List.of(arguments));
    return run(folder, command, environment);
  }

  private Result start() throws Exception {
    Result result = deit("evaluate", "this one");
    assertThat(result.code).as(result.out).isZero();
    assertThat(result.lines("arguments")).containsExactly("arguments evaluate this one");
    assertThat(result.lines("entry")).hasSize(3).allMatch(line -> line.endsWith(" true"));
    return result;
  }

  private static Result run(Path where, List<String> command, Map<String, String> variables)
      throws Exception {
    Path out = Files.createTempFile(shared, "child", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().keySet().removeIf(name -> name.contains("JAVA") || name.equals("CDPATH"));
    builder.environment().putAll(variables);
    Process process = builder.start();
    assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out));
  }

  private long builds() throws IOException {
    try (Stream<String> lines = Files.lines(checkout.resolve("bench/target.builds"))) {
      return lines.count();
    }
  }

  private Path app() throws IOException {
    Path copies = checkout.resolve("bench/target/app");
    return copies.resolve(Files.readString(copies.resolve("current")).strip());
  }

  private List<Path> below(Path where) throws IOException {
    try (Stream<Path> entries = Files.walk(where)) {
      return entries.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void buildsOnceAndStartsFromACopy() throws Exception {
    assertThat(start().lines("entry")).allMatch(line -> line.contains("/bench/target/app/"));
    start();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void tellsHowFarTheBuildIsAndWhatIsWrong() throws Exception {
    maven(
        """
        printf '\\033[0m\\033[0m'
        cat <<'END'
        [INFO] Scanning for projects...
        [INFO] Building deit4j 0.1.0-SNAPSHOT                                     [1/3]
        [INFO] Downloading from central: https://localhost/one.jar
        [INFO] Downloaded from central: https://localhost/one.jar (1 kB)
        [INFO] Building deit4j runtime 0.1.0-SNAPSHOT                             [2/3]
        [WARNING] one of many
        [INFO] Building deit4j bench 0.1.0-SNAPSHOT                               [3/3]
        END
        """
            .strip());
    Result first = start();
    assertThat(first.out).doesNotContain("Scanning", "many");
    assertThat(first.lines("deit: "))
        .startsWith(
            "deit: building, for the first time: about a minute, and longer where Maven has"
                + " libraries to fetch",
            "deit:   Maven fetches libraries, which it does once",
            "deit:   runtime (2/3)",
            "deit:   bench (3/3)")
        .last()
        .asString()
        .matches("deit: built in [0-9]+ s");
    assertThat(start().out).doesNotContain("deit: ");
    maven("echo '[INFO] BUILD FAILURE'; echo '[ERROR] no such symbol' >&2; exit 1");
    Files.delete(checkout.resolve("bench/target/bench.jar"));
    Result failed = deit("doctor");
    assertThat(failed.code).isEqualTo(ExitCode.INTERNAL);
    assertThat(failed.lines("["))
        .as("as much as Maven says quietly")
        .containsExactly("[ERROR] no such symbol");
    assertThat(failed.lines("deit: the build failed")).hasSize(1);
  }

  @Test
  void aColonInThePath() throws Exception {
    checkout = checkout("a:b c");
    start();
    start();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void aColonInThePathAndInTheCachesPath() throws Exception {
    checkout = checkout("a:b");
    environment.put("XDG_CACHE_HOME", folder.resolve("c:d").toString());
    Result result = deit("doctor");
    assertThat(result.code).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(result.out).contains("a:b has a colon in its name", "XDG_CACHE_HOME");
  }

  @Test
  void aSearchPathOfCd() throws Exception {
    Path other = Files.createDirectories(folder.resolve("other/checkout")).getParent();
    environment.put("CDPATH", other.toString());
    Result result = run(folder, List.of("bash", "checkout/deit", "doctor"), environment);
    assertThat(result.code).as(result.out).isZero();
    assertThat(result.lines("arguments")).containsExactly("arguments doctor");
    assertThat(checkout.resolve("bench/target/bench.jar")).exists();
  }

  @Test
  void aJarThatIsMissingFromTheCopyComesBack() throws Exception {
    start();
    Files.delete(app().resolve("runtime.jar"));
    start();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void anEmptyJarInTheCopyComesBack() throws Exception {
    start();
    Path empty = Files.write(app().resolve("runtime.jar"), new byte[0]);
    start();
    assertThat(builds()).isEqualTo(1);
    assertThat(app().resolve("runtime.jar")).isNotEqualTo(empty).isNotEmptyFile();
  }

  @Test
  void aLibraryThatIsMissingIsBuiltAgain() throws Exception {
    start();
    Files.delete(checkout.resolve("bench/target/lib/model.jar"));
    Files.delete(app().resolve("model.jar"));
    start();
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aDamagedClassArchiveIsNotUsed() throws Exception {
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    start();
    Path archive = app().resolve("classes.jsa");
    byte[] bytes = Files.readAllBytes(archive);
    for (int at = BEHIND_THE_HEADER; at < bytes.length; at += PAGE) {
      bytes[at] ^= 0x55;
    }
    Files.write(archive, bytes);
    start();
  }

  @Test
  @EnabledOnOs(OS.LINUX) // has setsid
  void aKilledBuildLeavesNothingForGood() throws Exception {
    maven("touch \"$TMPDIR/../killed\"; kill -KILL 0");
    String launcher = checkout.resolve("deit").toString();
    assertThat(run(folder, List.of("setsid", launcher, "doctor"), environment).code).isNotZero();
    assertThat(folder.resolve("killed")).exists();
    assertThat(below(folder.resolve("tmp"))).isEmpty();
    maven("");
    Files.delete(checkout.resolve("bench/target/bench.jar"));
    start();
    assertThat(below(folder.resolve("tmp"))).isEmpty();
    assertThat(checkout.resolve("bench/target/building")).doesNotExist();
  }
}
