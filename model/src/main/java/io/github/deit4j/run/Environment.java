package io.github.deit4j.run;

import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where and how a run, or a resumed part of it, takes place. Nothing of this has an influence on
 * the weights, except the inputs.
 *
 * @param version version of deit4j
 * @param backend what computes, in words: backend, kernels, SIMD width
 * @param threads threads of the team
 * @param commandLine the command as typed
 * @param inputs what else decides the weights, beside the recipe, and so has to be the same when
 *     the run is resumed; for instance {@code teacher} with the SHA-256 of its file; all but {@code
 *     max-bad} and {@code jpeg-decoder} are the run's identity, which checkpoints hold too
 */
public record Environment(
    String version,
    String backend,
    int threads,
    List<String> commandLine,
    Map<String, String> inputs) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Copies the collections. */
  public Environment {
    commandLine = List.copyOf(commandLine);
    inputs = Map.copyOf(inputs);
  }

  /** Returns all this and what the JVM and the system tell of themselves, as a JSON tree. */
  Map<String, Object> toJson() {
    return JsonWriter.object(
        "started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        "deit4j", version,
        "command", commandLine,
        "inputs", new TreeMap<>(inputs),
        "backend", backend,
        "threads", threads,
        "jdk", properties("java.runtime.version", "java.vendor", "java.vm.name"),
        "os", properties("os.name", "os.version", "os.arch"),
        "cpu", cpu(),
        "processors", Runtime.getRuntime().availableProcessors(),
        "max-heap-bytes", Runtime.getRuntime().maxMemory());
  }

  /** Returns this program's version, as the build has written it, such as {@code 0.1.0}. */
  public static String currentVersion() {
    try (InputStream in =
        Environment.class.getResourceAsStream("/io/github/deit4j/version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns some system properties, ? for one that is not set. */
  public static String properties(String... names) {
    return String.join(", ", Stream.of(names).map(name -> System.getProperty(name, "?")).toList());
  }

  /** Returns the processor's model as Linux tells it, or {@code unknown}. */
  public static String cpu() {
    if (!Files.isReadable(CPU_INFO)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
