package io.github.deit4j.bench;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Measures each round of a trial in a JVM of its own. So rounds differ as two runs of a program do,
 * in what the JIT compiler made and where memory lies, and a trial that runs out of memory or
 * crashes takes nothing with it.
 */
final class ForkedTrials implements Suite.Runner {
  private static final long POLL_MILLISECONDS = 100;
  private static final int SHOWN = 300;

  /** What the java command reads besides its arguments, and has put into ours already. */
  private static final List<String> VARIABLES = List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS");

  private final boolean quick;
  private final Path peers;
  private final Path work;
  private final BooleanSupplier stopped;

  ForkedTrials(boolean quick, Path peers, BooleanSupplier stopped) throws IOException {
    this.quick = quick;
    this.peers = peers;
    this.stopped = stopped;
    this.work = Files.createTempDirectory("deit4j-suite");
    work.toFile().deleteOnExit();
  }

  static List<String> jvmArguments() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments();
  }

  /** Returns what starts a class's main method on the same class path with the same arguments. */
  static ProcessBuilder jvm(String main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(VARIABLES);
    return builder;
  }

  @Override
  public Part run(Trial trial, double seconds) throws InterruptedException {
    try {
      Path result = temporary("result.json");
      Path said = temporary("said.log");
      Files.deleteIfExists(result);
      List<String> arguments =
          List.of(
              JsonWriter.compact(RecordJson.object(trial)),
              Boolean.toString(quick),
              peers.toString(),
              result.toString());
      Process process =
          jvm(ForkedTrials.class.getName(), arguments)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      boolean ended = await(process, seconds);
      Part found = Part.of(List.of(), List.of());
      if (Files.exists(result)) {
        found = RecordJson.read(Json.read(result), Part.class);
      }
      if (ended && process.exitValue() == 0) {
        return found;
      }
      String why =
          ended
              ? "its JVM ended with exit code %d: %s".formatted(process.exitValue(), end(said))
              : "not done within %.0f s, when this part's time was spent".formatted(seconds);
      String what = trial + (found.isEmpty() ? "" : ", the rest");
      return Part.of(found.measurements(), List.of(new Absence(what, why)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns whether it has ended by itself in time. */
  private boolean await(Process process, double seconds) throws InterruptedException {
    long start = System.nanoTime();
    try {
      boolean ended = false;
      while (!ended && System.nanoTime() - start < seconds * 1e9) {
        ended = process.waitFor(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
        // A signal from the terminal ends the trial as well.
        if (stopped.getAsBoolean()) {
          throw new InterruptedException("stopped");
        }
      }
      return ended;
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }

  private static String end(Path said) throws IOException {
    String text = Files.readString(said).strip().replaceAll("\\s+", " ");
    return text.substring(0, Math.min(SHOWN, text.length()));
  }

  private Path temporary(String name) {
    Path file = work.resolve(name);
    file.toFile().deleteOnExit();
    return file;
  }

  /**
   * Measures a trial in the JVM that {@link #run} has started, and writes its result, also what of
   * it there is before its time is spent.
   *
   * @param args the trial as JSON, whether to be quick, the folder of the peers, the result's file
   */
  public static void main(String[] args) throws Exception {
    Trial trial = RecordJson.read(Json.read("trial", args[0]), Trial.class);
    TrialMeasurement.Pace pace = TrialMeasurement.Pace.of(Boolean.parseBoolean(args[1]));
    Path file = Path.of(args[3]);
    write(
        new TrialMeasurement(pace, Path.of(args[2])).measure(trial, part -> write(part, file)),
        file);
    // Not at the mercy of a library's threads.
    System.exit(0);
  }

  private static void write(Part part, Path file) {
    try {
      AtomicFiles.writeString(file, JsonWriter.compact(RecordJson.object(part)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
