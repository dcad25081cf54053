package io.github.deit4j.cli;

import com.sun.management.OperatingSystemMXBean;
import io.github.deit4j.collective.mpi.Mpi;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.run.Environment;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;

/** Shows what deit4j finds on this machine. */
@Command(
    name = "doctor",
    description =
        "Shows what deit4j finds on this machine: Java, processor, SIMD, memory, data sets; and says"
            + " what to do where something is missing.")
final class DoctorCommand extends Subcommand.WithJson {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final long ENOUGH_MEMORY = 2L << 30;
  private static final double GIB = 1 << 30;

  private final Map<String, String> values = new LinkedHashMap<>();

  /** What to do about those that are not as they should be. */
  private final Map<String, String> advice = new LinkedHashMap<>();

  @Override
  public Integer call() {
    look(terminal.environment());
    print(toJson(), () -> values.forEach(this::print));
    return ExitCode.OK;
  }

  private void found(String name, String value) {
    values.put(name, value);
  }

  private void found(String name, String value, boolean fine, String otherwise) {
    found(name, value);
    if (!fine) {
      advice.put(name, otherwise);
    }
  }

  private Map<String, Object> toJson() {
    Map<String, Object> json = keys(values);
    json.put("advice", keys(advice));
    return json;
  }

  private static Map<String, Object> keys(Map<String, String> byName) {
    Map<String, Object> byKey = new LinkedHashMap<>();
    byName.forEach((name, value) -> byKey.put(name.replace(' ', '-'), value));
    return byKey;
  }

  private void print(String name, String value) {
    terminal.out().printf("%-20s%s%n", name, value);
    if (advice.containsKey(name)) {
      terminal.out().printf("%-20s! %s%n", "", advice.get(name));
    }
  }

  private void look(Map<String, String> environment) {
    found("deit4j", Version.current());
    found("java", Environment.properties("java.runtime.version", "java.vendor"));
    found("system", Environment.properties("os.name", "os.version", "os.arch"));
    found("cpu", Environment.cpu());
    found("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    memory();
    found("java heap", "at most " + gib(Runtime.getRuntime().maxMemory()));
    hugePages();
    backend();
    // A lack only for those who want the device.
    Backends.providers().forEach(device -> device.parts().forEach(this::found));
    // A lack only for those who have several machines.
    found("mpi", Mpi.library().orElse("not found; for many machines: apt-get install openmpi-bin"));
    found("jpeg decoder", JpegDecoder.best().description());
    Datasets.ALL.stream()
        .filter(DatasetFormat::isPublished)
        .forEach(format -> dataset(format.name(), environment));
    cache(environment);
  }

  private void memory() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long total = system.getTotalMemorySize();
    boolean enough = total >= ENOUGH_MEMORY;
    found("memory", gib(total), enough, "quickstart wants 2 GiB; train smaller");
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
  }

  private void hugePages() {
    try {
      String modes = Files.readString(HUGE_PAGES).strip();
      boolean some = !modes.contains("[never]");
      found("huge pages", modes, some, "for speed, as root: echo madvise > " + HUGE_PAGES);
    } catch (IOException e) {
      found("huge pages", "unknown"); // not on Linux
    }
  }

  private void backend() {
    Backends.Selection selection = Backends.select("auto", 0);
    try (Backend backend = selection.backend()) {
      String description = backend.description();
      found(
          "backend",
          description + " (" + selection.reason() + ")",
          !description.contains("plain"),
          "plain loops, slower than vectors: start Java with --add-modules jdk.incubator.vector, on"
              + " a processor with vectors of 256 bits or more");
    }
  }

  private void dataset(String name, Map<String, String> environment) {
    String title = "data " + name;
    try {
      Path folder = Datasets.locate(name, Optional.empty(), environment);
      boolean known = Datasets.named(name).isIn(folder);
      found(title, folder.toString(), known, folder + " lacks the data set's files");
    } catch (DatasetException e) {
      // A lack only for those who want it.
      found(title, "not found; --data or $DEIT4J_DATA/" + name + " names it");
    }
  }

  private void cache(Map<String, String> environment) {
    Path folder = Datasets.cacheFolder(FashionMnist.NAME, environment).getParent();
    Path existing = folder.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    boolean writable = Files.isDirectory(existing) && Files.isWritable(existing);
    found(
        "cache",
        folder + (writable ? ", writable" : ", not writable"),
        writable,
        "make " + existing + " writable, or set HOME to another folder");
  }
}
