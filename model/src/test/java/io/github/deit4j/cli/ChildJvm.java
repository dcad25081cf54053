package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The command line in a JVM of its own, as the launcher starts it. */
public final class ChildJvm implements AutoCloseable {
  private static final long LONGEST_SECONDS = 120;
  private static final long POLL_MS = 2;
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";

  private final Process process;
  private final Path out;
  private final Path err;

  private ChildJvm(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a command.
   *
   * @param folder for the child's output
   * @param javaOptions what JDK_JAVA_OPTIONS holds
   */
  static ChildJvm start(Path folder, String javaOptions, List<String> arguments)
      throws IOException {
    // SIGINT may be ignored here, as below nohup, and a JVM would leave it so.
    return start(
        folder, javaOptions, List.of("env", "--default-signal=INT"), Main.class, arguments);
  }

  /** Starts another program than the command line. */
  static ChildJvm start(Path folder, Class<?> main, List<String> arguments) throws IOException {
    return start(folder, "", List.of(), main, arguments);
  }

  /**
   * Starts a command that can write no file beyond some size.
   *
   * @param blocks largest size in blocks of 512 bytes
   */
  static ChildJvm startWithFileLimit(Path folder, int blocks, List<String> arguments)
      throws IOException {
    List<String> limited = List.of("sh", "-c", "ulimit -f " + blocks + " && exec \"$@\"", "sh");
    return start(folder, "-XX:-UsePerfData", limited, Main.class, arguments);
  }

  private static ChildJvm start(
      Path folder, String javaOptions, List<String> prefix, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(command(System.getProperty("java.class.path"), List.of(), main, arguments));
    Path out = Files.createTempFile(folder, "child", ".out");
    Path err = Files.createTempFile(folder, "child", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("JDK_JAVA_OPTIONS", javaOptions);
    return new ChildJvm(builder.start(), out, err);
  }

  /** Returns the command line of a JVM with more options. */
  public static List<String> command(List<String> javaOptions, List<String> arguments) {
    return command(System.getProperty("java.class.path"), javaOptions, Main.class, arguments);
  }

  /** Returns the same with another class path, and without the Vector API. */
  public static List<String> scalarCommand(
      String classPath, List<String> javaOptions, List<String> arguments) {
    List<String> command = command(classPath, javaOptions, Main.class, arguments);
    command.remove(VECTORS);
    return command;
  }

  private static List<String> command(
      String classPath, List<String> javaOptions, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", VECTORS, "--enable-native-access=ALL-UNNAMED"));
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(arguments);
    return command;
  }

  /** Waits until the child, which must be running, has brought about a condition. */
  void await(BooleanSupplier condition) throws IOException, InterruptedException {
    for (long waited = 0; !condition.getAsBoolean(); waited += POLL_MS) {
      assertThat(process.isAlive()).as("still running: %s", Files.readString(err)).isTrue();
      assertThat(waited).as("milliseconds waited").isLessThan(LONGEST_SECONDS * 1000);
      Thread.sleep(POLL_MS);
    }
  }

  /** Returns what the child has written to standard output so far. */
  String output() throws IOException {
    return Files.readString(out);
  }

  /** Returns what the child has written to standard error so far. */
  String errors() throws IOException {
    return Files.readString(err);
  }

  /** Sends a signal by its name, such as TERM. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Sends SIGTERM if the child still runs, and returns whether it does. */
  boolean terminate() {
    return process.toHandle().destroy();
  }

  /** Waits for the end. */
  Cli result() throws IOException, InterruptedException {
    boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
    assertThat(ended).as("ended in time: %s", Files.readString(err)).isTrue();
    return new Cli(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
