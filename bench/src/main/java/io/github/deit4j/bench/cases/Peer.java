package io.github.deit4j.bench.cases;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.export.ExportFormat;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Another library in a JVM of its own: with the environment in which it is at its best, with
 * threads that cannot get in our way, and on its own class path.
 *
 * <p>It reads orders, one a line, and answers each with a line that begins with {@code peer: };
 * whatever else its libraries print is passed over. First, unasked: how it is configured. {@code
 * check}: numbers as of {@link Workload#check}. {@code time U N}: nanoseconds of N calls after U
 * others, by its own clock. The end of the input ends it.
 */
public final class Peer implements Contender, AutoCloseable {
  /** What people would otherwise use. */
  public enum Library {
    /** Inference only. */
    ONNXRUNTIME(ExportFormat.ONNX),
    /** Inference and training. */
    PYTORCH(ExportFormat.TIMM);

    private final ExportFormat format;

    Library(ExportFormat format) {
      this.format = format;
    }

    /** Returns its name in commands and files. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Returns it as one that takes part; PyTorch in BF16 too, where that is asked for. */
    public Contestant contestant(Precision precision) {
      boolean bf16 = this == PYTORCH && precision == Precision.BF16;
      return new Contestant(PREFIX + id(), bf16 ? Precision.BF16 : Precision.FP32, false);
    }

    /** Returns those that can do it. */
    public static List<Library> of(Section section) {
      return Arrays.stream(values())
          .filter(each -> each == PYTORCH || section == Section.INFERENCE)
          .toList();
    }
  }

  /** Before a library's name, where it stands among backends. */
  static final String PREFIX = "peer:";

  private static final String MAIN = "io.github.deit4j.bench.peers.PeerMain";
  private static final String MKL = "libmkl_rt.so.3";
  private static final int LAST_LINES = 12;

  /** Who computes for less than half of this is at rest. */
  private static final Duration REST = Duration.ofMillis(30);

  /** So often it is looked at, at most. */
  private static final int LONGEST_REST = 20;

  /** Relative, of the largest number: two orders of summation differ by less. */
  private static final float TOLERANCE = 1e-3f;

  /** The same where one of both rounds to BF16. */
  private static final float BF16_TOLERANCE = 5e-2f;

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final PrintWriter orders;
  private final String configuration;

  Peer(String name, ProcessBuilder builder, Path log) throws IOException {
    this.name = name;
    this.log = log;
    this.process = builder.redirectError(log.toFile()).start();
    this.answers = process.inputReader(UTF_8);
    this.orders = new PrintWriter(process.outputWriter(UTF_8));
    this.configuration = answer();
  }

  /**
   * Starts one, and waits until it has loaded the model.
   *
   * @param folder what {@code mvn -Ppeers package} has made: {@code lib} with the jars, {@code mkl}
   * @throws DeviceException if there are no peers, or it does not start; has the last that it said
   */
  static Peer start(Contestant contestant, Path folder, ModelCase model, int threads) {
    if (!Files.isDirectory(folder.resolve("lib"))) {
      throw new DeviceException(
          ("peers: expected jars in %s, found none; make them with: mvn -Ppeers -pl bench/peers -am"
                  + " package -DskipTests")
              .formatted(folder.resolve("lib")));
    }
    String id = contestant.backend().substring(PREFIX.length());
    Library library = Library.valueOf(id.toUpperCase(Locale.ROOT));
    try {
      Path file = temporary(".model");
      BenchmarkModels.write(model.model(), library.format, file);
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:+UseSerialGC",
              "-cp",
              folder.resolve("lib") + File.separator + "*",
              MAIN,
              id,
              model.model(),
              model.section().id(),
              Integer.toString(model.batch()),
              Integer.toString(threads),
              file.toString(),
              contestant.precision().key());
      Path mkl = folder.resolve("mkl").toAbsolutePath();
      setEnvironment(builder.environment(), library, mkl, Integer.toString(threads));
      Peer peer = new Peer(contestant.backend(), builder, temporary(".log"));
      Files.delete(file);
      return peer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a file that goes when this JVM ends, also when a signal ends it. */
  private static Path temporary(String end) throws IOException {
    Path file = Files.createTempFile("deit4j-peer", end);
    file.toFile().deleteOnExit();
    return file;
  }

  /**
   * Waiting threads of OpenMP would spin where others work. MKL is put in front of the OpenBLAS
   * that PyTorch was linked with, and shares its OpenMP; not where OpenBLAS has been told by {@code
   * deit} to use AVX-512 on a processor of AMD, on which MKL does not. PyTorch takes its tensors
   * from malloc anew in every step: freed memory is kept, else each step waits for the kernel to
   * clear its pages.
   */
  private static void setEnvironment(
      Map<String, String> environment, Library library, Path mkl, String threads) {
    environment.keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("OMP_NUM_THREADS", threads);
    if (library == Library.PYTORCH) {
      environment.put("MALLOC_ARENA_MAX", "1");
      environment.put("MALLOC_MMAP_MAX_", "0");
      environment.put("MALLOC_TRIM_THRESHOLD_", Long.toString(1L << 40));
      if (System.getenv("OPENBLAS_CORETYPE") == null && Files.exists(mkl.resolve(MKL))) {
        environment.put("MKL_THREADING_LAYER", "GNU");
        environment.put("MKL_NUM_THREADS", threads);
        environment.put("LD_LIBRARY_PATH", mkl.toString());
        environment.put("LD_PRELOAD", mkl.resolve(MKL).toString());
      }
    }
  }

  /** Returns the most memory that the process ever had; null where not known. */
  Memory peakMemory() {
    OptionalLong bytes = Machine.peakMemory(process.pid());
    return bytes.isPresent() ? new Memory(bytes.getAsLong(), Memory.Kind.PROCESS) : null;
  }

  /** Returns what it says of itself: versions, threads. */
  String configuration() {
    return configuration;
  }

  /** Returns when its threads have come to rest, too: OpenBLAS's spin for a tenth of a second. */
  @Override
  public long time(int untimed, int calls) {
    long nanos = Long.parseLong(ask("time " + untimed + " " + calls));
    try {
      Duration before = processorTime();
      for (int i = 0; i < LONGEST_REST; i++) {
        Thread.sleep(REST);
        Duration now = processorTime();
        if (now.minus(before).multipliedBy(2).compareTo(REST) < 0) {
          break;
        }
        before = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return nanos;
  }

  private Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public boolean rests() {
    return true;
  }

  /** Returns numbers as of {@link Workload#check}. */
  float[] check() {
    String[] numbers = ask("check").split(" ", -1);
    float[] found = new float[numbers.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = Float.parseFloat(numbers[i]);
    }
    return found;
  }

  /** Throws where numbers differ by more than two orders of summation do. */
  static void requireSame(String who, float[] expected, float[] found) {
    requireSame(who, expected, found, TOLERANCE);
  }

  /** Throws where numbers differ by more than rounding to BF16 explains. */
  static void requireAlmostSame(String who, float[] expected, float[] found) {
    requireSame(who, expected, found, BF16_TOLERANCE);
  }

  private static void requireSame(String who, float[] expected, float[] found, float tolerance) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    boolean same = expected.length == found.length;
    for (int i = 0; same && i < expected.length; i++) {
      same = Math.abs(expected[i] - found[i]) <= tolerance * largest;
    }
    if (!same) {
      throw new IllegalStateException(
          "%s computes something else: expected %d numbers %s, found %d numbers %s"
              .formatted(
                  who,
                  expected.length,
                  Arrays.toString(Arrays.copyOf(expected, 4)),
                  found.length,
                  Arrays.toString(Arrays.copyOf(found, 4))));
    }
  }

  private String ask(String order) {
    orders.println(order);
    orders.flush();
    return answer();
  }

  private String answer() {
    try {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(PREFIX)) {
          return line.substring(PREFIX.length()).strip();
        }
      }
      List<String> said = Files.readAllLines(log);
      List<String> last = said.subList(Math.max(0, said.size() - LAST_LINES), said.size());
      throw new DeviceException(
          "%s has ended; the last that it said: %s"
              .formatted(name, String.join(System.lineSeparator(), last)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    orders.close();
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
