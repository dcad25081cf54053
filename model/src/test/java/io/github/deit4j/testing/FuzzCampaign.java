package io.github.deit4j.testing;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * Attacks all formats for as long as one likes, guided by what of the code an input reaches, and
 * tells how many inputs there were and what came of them:
 *
 * <pre>{@code
 * mvn verify -pl model -am -Dtest=FuzzCampaign -Dfuzz.minutes=600 [-Dfuzz.formats=Json,Pack]
 * }</pre>
 *
 * <p>Each format has a JVM of its own with Jazzer in it, one after the other. Inputs that broke
 * something lie in {@code target/fuzz/NAME-defects}; each belongs among the test resources, as
 * {@code NAMEFuzzTestInputs/readsOrRefuses/…} beside the test, once it is mended. What is worth to
 * go on from stays in {@code target/fuzz/NAME}.
 */
public class FuzzCampaign {
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
          "distill.StoredLogits",
          "json.Json",
          "modelfile.HuggingFace",
          "modelfile.ModelFile",
          "recipe.Recipe",
          "run.Checkpoint",
          "weights.Safetensors",
          "weights.TorchFile");

  private static final String FORMAT = "fuzz.format";
  private static final String CORPUS = "fuzz.corpus";
  private static final String DEFECTS = "fuzz.defects";

  /** More of them are mostly the same again. */
  private static final int MOST_DEFECTS = 100;

  private static FuzzedFormat format;
  private static Path defectFolder;
  private static int defects;

  /** Runs the campaign; fails if there was a defect. */
  @Test
  void attacksEveryFormat() throws IOException, InterruptedException {
    double minutes = Double.parseDouble(System.getProperty("fuzz.minutes", "5"));
    String chosen = System.getProperty("fuzz.formats", "");
    List<String> formats =
        FORMATS.stream()
            .filter(name -> chosen.isEmpty() || List.of(chosen.split(",")).contains(simple(name)))
            .toList();
    Path folder = Files.createDirectories(Path.of("target", "fuzz").toAbsolutePath());
    List<String> lines = new ArrayList<>();
    boolean sound = true;
    for (String name : formats) {
      Path log = attack(folder, name, Math.max(1, Math.round(60 * minutes / formats.size())));
      try (Stream<String> output = Files.lines(log)) {
        String line =
            output
                .filter(each -> each.startsWith(simple(name)))
                .reduce((first, second) -> second)
                .orElse(simple(name) + ": no result, the JVM ended; see " + log);
        lines.add(line);
        sound &= line.endsWith(" 0 defects") || line.endsWith("not here");
        System.out.println(line);
      }
    }
    Files.write(folder.resolve("counts.txt"), lines);
    if (!sound) {
      throw new AssertionError("defects:\n" + String.join("\n", lines));
    }
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static Path attack(Path folder, String name, long seconds)
      throws IOException, InterruptedException {
    Path corpus = Files.createDirectories(folder.resolve(simple(name)));
    Path log = folder.resolve(simple(name) + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+EnableDynamicAgentLoading",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-D" + FORMAT + "=io.github.deit4j." + name + "FuzzTest",
            "-D" + CORPUS + "=" + corpus,
            "-D" + DEFECTS + "=" + folder.resolve(simple(name) + "-defects")));
    String turbo = System.getProperty("deit4j.turbojpeg");
    if (turbo != null) {
      command.add("-Ddeit4j.turbojpeg=" + turbo);
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + FuzzCampaign.class.getName(),
            "--instrumentation_includes=io.github.deit4j.**",
            "--custom_hook_includes=io.github.deit4j.**",
            "-max_total_time=" + seconds,
            "-timeout=60",
            "-rss_limit_mb=4096",
            "-max_len=65536",
            "-artifact_prefix=" + folder.resolve(simple(name)) + "-",
            corpus.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    return log;
  }

  /** Called by Jazzer once, before the first input. */
  public static void fuzzerInitialize() throws ReflectiveOperationException, IOException {
    var constructor = Class.forName(System.getProperty(FORMAT)).getDeclaredConstructor();
    constructor.setAccessible(true);
    format = (FuzzedFormat) constructor.newInstance();
    FuzzedFormat.folder = Files.createTempDirectory("fuzz");
    defectFolder = Files.createDirectories(Path.of(System.getProperty(DEFECTS)));
    try {
      format.warmUp();
    } catch (TestAbortedException e) {
      System.out.println(simple(System.getProperty(FORMAT)).replace("FuzzTest", "") + ": not here");
      Runtime.getRuntime().halt(0);
    }
    int number = 0;
    for (byte[] example : format.seeds()) {
      Files.write(Path.of(System.getProperty(CORPUS)).resolve("example-" + number++), example);
    }
  }

  /** Called by Jazzer with each input; the same input gives the same ones beside it. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] tried = input;
    try {
      var random = new SplittableRandom(Arrays.hashCode(input));
      for (byte[] each :
          List.of(
              input,
              ByteMutations.mutate(input, random),
              ByteMutations.exaggerate(input, random))) {
        tried = each;
        format.tryOut(each);
      }
    } catch (Throwable e) {
      defects++;
      save(tried, e);
      if (defects == MOST_DEFECTS) {
        throw new AssertionError("many defects", e);
      }
    }
  }

  private static void save(byte[] input, Throwable defect) {
    try {
      Path file = defectFolder.resolve("defect-" + defects);
      Files.write(file, input);
      try (var out = new PrintWriter(file + ".txt", StandardCharsets.UTF_8)) {
        defect.printStackTrace(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Called by Jazzer at the end. */
  public static void fuzzerTearDown() {
    FuzzedFormat.Trials trials = format.trials();
    System.out.printf(
        Locale.ROOT,
        "%n%-13s %,12d inputs, %,10d good, slowest %6.3f s, most memory %5.1f MiB, %d defects%n",
        simple(System.getProperty(FORMAT)).replace("FuzzTest", "") + ":",
        trials.inputs,
        trials.good,
        trials.slowestNanos / 1e9,
        trials.mostBytes / 1048576.0,
        defects);
  }
}
