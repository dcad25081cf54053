package io.github.deit4j.attack;

import io.github.deit4j.testing.FuzzCounts;
import io.github.deit4j.testing.FuzzTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Attacks all formats, guided by what of the code an input reaches, until there were as many inputs
 * as asked for, and goes on where it was ended. Each format in turn has a JVM of its own with
 * Jazzer in it.
 *
 * <p>Inputs that broke something lie in {@code FOLDER/NAME/defects}; each belongs among the test
 * resources, as {@code NAMEFuzzTestInputs/readsOrRefuses/…} beside the test, once it is mended.
 */
@Command(
    name = "fuzz",
    description = "Attacks the readers of all formats with damaged files.",
    mixinStandardHelpOptions = true)
final class FuzzCampaign implements Callable<Integer> {
  private static final List<String> FORMATS =
      List.of(
          "data.decode.ImageDecoder",
          "data.decode.Tiff",
          "data.decode.TurboJpeg",
          "data.decode.WebP",
          "data.set.Cifar",
          "data.set.Idx",
          "data.set.ImageList",
          "data.set.Pack",
          "distill.StoredDraws",
          "distill.StoredLogits",
          "json.Json",
          "modelfile.HuggingFace",
          "modelfile.ModelFile",
          "recipe.Recipe",
          "run.Checkpoint",
          "weights.Safetensors",
          "weights.TorchFile");

  @Option(
      names = "--inputs",
      description = "how many inputs of all formats together (default: ${DEFAULT-VALUE})")
  private long inputs = 10_000_000;

  @Option(
      names = "--minutes",
      description = "end after so many, whatever there was (default: ${DEFAULT-VALUE})")
  private double minutes = 600;

  @Option(
      names = "--turn",
      description = "seconds that each format has before the next (default: ${DEFAULT-VALUE})")
  private int turn = 60;

  @Option(names = "--formats", split = ",", description = "such as Json,Pack (default: all)")
  private List<String> formats = List.of();

  @Option(
      names = "--folder",
      description = "where counts, defects and corpora are, and go on (default: ${DEFAULT-VALUE})")
  private Path folder = Path.of("target", "fuzz");

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> chosen =
        FORMATS.stream()
            .filter(name -> formats.isEmpty() || formats.contains(simple(name)))
            .toList();
    long end = System.nanoTime() + Math.round(minutes * 60e9);
    Map<String, FuzzCounts> counts = counts(chosen);
    while (inputs(counts) < inputs && System.nanoTime() < end) {
      for (String name : chosen) {
        if (!counts.get(name).absent()) {
          attack(name);
          counts = counts(chosen);
        }
      }
      print(counts);
    }
    return counts.values().stream().allMatch(each -> each.defects() == 0) ? 0 : 1;
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private Path folder(String name) throws IOException {
    Path own = folder.toAbsolutePath().resolve(simple(name));
    Files.createDirectories(own.resolve("corpus"));
    Files.createDirectories(own.resolve("defects"));
    return own;
  }

  private Map<String, FuzzCounts> counts(List<String> names) throws IOException {
    Map<String, FuzzCounts> counts = new LinkedHashMap<>();
    for (String name : names) {
      counts.put(name, FuzzCounts.read(folder(name).resolve("counts")));
    }
    return counts;
  }

  private static long inputs(Map<String, FuzzCounts> counts) {
    return counts.values().stream().mapToLong(FuzzCounts::inputs).sum();
  }

  private void print(Map<String, FuzzCounts> counts) throws IOException {
    List<String> lines = new ArrayList<>();
    counts.forEach((name, count) -> lines.add(String.format("%-13s %s", simple(name), count)));
    lines.add(String.format("%-13s %,12d inputs", "all", inputs(counts)));
    Files.write(folder.resolve("counts.txt"), lines);
    lines.forEach(System.out::println);
    System.out.println();
  }

  private void attack(String name) throws IOException, InterruptedException {
    Path own = folder(name);
    Path memory = Path.of("/dev/shm");
    Path scratch =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "fuzz")
            : Files.createTempDirectory("fuzz");
    Process process =
        new ProcessBuilder(command(name, own, scratch))
            .redirectErrorStream(true)
            .redirectOutput(own.resolve("log").toFile())
            .start();
    try {
      if (process.waitFor() != 0) {
        keepLastInput(own, process.exitValue());
      }
    } finally {
      process.destroyForcibly();
      delete(scratch);
    }
  }

  private List<String> command(String name, Path own, Path scratch) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            // The heap is there from the beginning: what the process grows by is other memory.
            "-Xms512m",
            "-Xmx512m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.io.tmpdir=" + scratch,
            "-D" + FuzzTarget.FORMAT + "=io.github.deit4j." + name + "FuzzTest",
            "-D" + FuzzTarget.FOLDER + "=" + own,
            "-D" + FuzzTarget.SCRATCH + "=" + scratch));
    String turbo = System.getProperty("deit4j.turbojpeg");
    if (turbo != null) {
      command.add("-Ddeit4j.turbojpeg=" + turbo);
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + FuzzTarget.class.getName(),
            "--instrumentation_includes=io.github.deit4j.**",
            "--instrumentation_excludes=io.github.deit4j.testing.**",
            "--custom_hook_includes=io.github.deit4j.**",
            "--reproducer_path=" + own,
            "-max_total_time=" + turn,
            "-timeout=0", // FuzzTarget measures a processor's time instead
            "-rss_limit_mb=4096",
            "-max_len=65536",
            "-artifact_prefix=" + own + "/",
            own.resolve("corpus").toString()));
    return command;
  }

  /** Keeps the input at which a JVM ended that should not have. */
  private static void keepLastInput(Path own, int code) throws IOException {
    Path file = own.resolve("defects").resolve("ended-" + code + "-" + System.nanoTime());
    ByteBuffer last = ByteBuffer.wrap(Files.readAllBytes(own.resolve("last-input")));
    int length = Math.clamp(last.getInt(), 0, last.remaining());
    Files.write(file, Arrays.copyOfRange(last.array(), Integer.BYTES, Integer.BYTES + length));
    Files.copy(own.resolve("log"), Path.of(file + ".txt"));
    FuzzCounts counts = FuzzCounts.read(own.resolve("counts"));
    counts.addDefect();
    counts.write(own.resolve("counts"));
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
