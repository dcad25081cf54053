package io.github.deit4j.cpu.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bindings.AnonymousMemory;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KernelsTest {
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final Path COMPILE_COMMANDS = Path.of("src", "main", "jvm", "compile-commands");

  /** Seconds of processor time in which every kernel gets compiled. */
  private static final String HOT = "5";

  @Test
  void vectorKernelsAreChosenWhereTheyRun() {
    int bits = Kernels.VectorWidth.bits();
    if (bits < 256) { // ARM's NEON
      assertThat(Kernels.best().name()).isEqualTo("plain");
    } else {
      assertThat(Kernels.best().name()).isEqualTo("vector");
      assertThat(Kernels.best().description()).isEqualTo("vector (" + bits + " bits)");
    }
    assertThat(Kernels.scalar().description()).isEqualTo("scalar");
  }

  @Test
  void setsGiveTheSameBits() {
    assertThat(KernelWorkout.digest(Kernels.vector()))
        .isEqualTo(KernelWorkout.digest(Kernels.scalar()))
        .isEqualTo(KernelWorkout.digest(Kernels.plain()));
  }

  @Test
  void runsWithoutTheVectorModuleToTheSameBitsAndWarnsOnce() throws Exception {
    List<String> lines = runWorkout("0");
    assertThat(lines)
        .contains(
            "kernels plain",
            "bf16 bf16, plain",
            "bf16 without machine code: Java was started without the Vector API",
            "digest " + KernelWorkout.digest(Kernels.best()),
            "backend " + KernelWorkout.backendDigest());
    assertThat(lines)
        .filteredOn(line -> line.contains("computes without the Vector API"))
        .singleElement()
        .asString()
        .contains("--add-modules " + VECTOR_MODULE);
  }

  private static boolean isAmd64() {
    return System.getProperty("os.arch").equals("amd64");
  }

  /** Options for compiling sooner, and on every x86 the kernels that the commands are for. */
  private static List<String> sooner() {
    String commands = "-XX:CompileCommandFile=" + COMPILE_COMMANDS;
    return isAmd64() ? List.of("-XX:UseAVX=2", commands) : List.of(commands);
  }

  /**
   * The ways to compile, and what comes of each. All run at once: each keeps one processor busy.
   */
  static List<Arguments> waysToCompile() {
    List<List<String>> ways =
        isAmd64()
            ? List.of(List.of(), List.of("-XX:UseAVX=2"), sooner())
            : List.of(List.<String>of());
    return ways.stream()
        .map(
            options -> {
              var lines = new FutureTask<>(() -> runAndTellCompilations(HOT, options));
              Thread.ofVirtual().start(lines);
              return Arguments.of(options, lines);
            })
        .toList();
  }

  /** A kernel that a compiler gives up on may stay at a hundredth of its speed for good. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("waysToCompile")
  void compilersTakeAllKernels(List<String> options, Future<List<String>> said) throws Exception {
    List<String> lines = said.get();
    assertThat(lines)
        .as("compiled at the highest level with %s", options)
        .anyMatch(line -> line.matches(".* 4 +\\S+MicroKernels\\d+::\\w+To\\w+ .*"));
    assertThat(lines)
        .filteredOn(line -> line.contains("COMPILE SKIPPED") && line.contains("deit4j"))
        // Tried again by itself.
        .filteredOn(line -> !line.contains("concurrent class loading"))
        .isEmpty();
  }

  @Test
  void warmUpHasKernelsCompiled() throws Exception {
    List<String> lines = runAndTellCompilations(KernelWorkout.WARM_UP, sooner());
    for (String kernel :
        List.of(
            "MicroKernels\\d+::\\w+",
            "VectorGelu::backward",
            "VectorLayerNorm::backwardRow",
            "VectorOptimizers::adamW",
            "VectorSoftmax::probabilities")) {
      assertThat(lines).anyMatch(line -> line.matches(".* 4 +\\S+" + kernel + " .*"));
    }
  }

  /** The JVM would say nothing if one were not. */
  @Test
  void compileCommandsNameClassesThatAreThere() throws Exception {
    List<String> commands =
        Files.readAllLines(COMPILE_COMMANDS).stream()
            .filter(line -> line.matches("\\w+,\\S+,\\S+"))
            .toList();
    assertThat(commands).isNotEmpty();
    for (String command : commands) {
      String type = command.split(",")[1].replace(".*", "").replace('/', '.');
      assertThat(Class.forName(type).getPackageName()).startsWith("io.github.deit4j.cpu.");
    }
  }

  /** As {@link #runWorkout} with the vector kernels, and with a line for each compilation. */
  private static List<String> runAndTellCompilations(String argument, List<String> options)
      throws Exception {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("--add-modules", VECTOR_MODULE, "-XX:+PrintCompilation"));
    return runWorkout(argument, all.toArray(String[]::new));
  }

  /** Runs {@link KernelWorkout} in a JVM with the given options; returns what it printed. */
  private static List<String> runWorkout(String argument, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath(), KernelWorkout.class.getName(), argument));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as("exit code; output %s", lines).isZero();
    return lines;
  }

  private static String classPath() throws URISyntaxException {
    return String.join(
        File.pathSeparator,
        place(AnonymousMemory.class),
        place(Kernels.class),
        place(KernelWorkout.class));
  }

  private static String place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }
}
