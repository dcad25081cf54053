package io.github.deit4j.bench.suite;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Measures each round of a trial in a JVM of its own. So rounds differ as two runs of a program do,
 * in what the JIT compiler made and where memory lies, and a trial that runs out of memory or
 * crashes takes nothing with it.
 */
final class ForkedTrials implements TrialRunner {
  private static final long POLL_MILLISECONDS = 100;
  private static final int SHOWN = 300;

  private final boolean quick;
  private final Path peers;
  private final Path work;
  private final BooleanSupplier stopped;

  /**
   * Creates the runner.
   *
   * @param peers folder of the peers
   * @param stopped asked again and again while a trial runs; true ends it
   */
  ForkedTrials(boolean quick, Path peers, BooleanSupplier stopped) throws IOException {
    this.quick = quick;
    this.peers = peers;
    this.stopped = stopped;
    this.work = Files.createTempDirectory("deit4j-suite");
    work.toFile().deleteOnExit();
  }

  @Override
  public TrialResult run(Trial trial) throws TrialFailedException, InterruptedException {
    try {
      Path result = temporary("result.json");
      Path said = temporary("said.log");
      Files.deleteIfExists(result);
      Process process =
          Jvm.builder(TrialMain.class.getName(), arguments(trial, result))
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      int code = await(process);
      if (!Files.exists(result)) {
        throw new TrialFailedException(
            "its JVM ended with exit code %d: %s".formatted(code, end(said)));
      }
      return RecordJson.read(Json.read(result), TrialResult.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> arguments(Trial trial, Path result) {
    return List.of(
        JsonWriter.compact(RecordJson.object(trial)),
        Boolean.toString(quick),
        peers.toString(),
        result.toString());
  }

  private int await(Process process) throws InterruptedException {
    try {
      while (!process.waitFor(POLL_MILLISECONDS, TimeUnit.MILLISECONDS)) {
        if (stopped.getAsBoolean()) {
          throw new InterruptedException("stopped");
        }
      }
      // A signal from the terminal ends the trial as well.
      if (stopped.getAsBoolean()) {
        throw new InterruptedException("stopped");
      }
      return process.exitValue();
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
}
