package io.github.deit4j.cli;

import com.sun.management.OperatingSystemMXBean;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.run.Environment;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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

  /**
   * One thing that {@code doctor} has looked at.
   *
   * @param name what it is
   * @param value what was found
   * @param advice what to do about it; null if it is as it should be
   */
  private record Finding(String name, String value, String advice) {
    static Finding fine(String name, String value) {
      return new Finding(name, value, null);
    }

    /** Returns the name as a key in JSON. */
    String key() {
      return name.replace(' ', '-');
    }
  }

  @Override
  public Integer call() {
    List<Finding> findings = findings(terminal.environment());
    print(toJson(findings), () -> findings.forEach(this::print));
    return ExitCode.OK;
  }

  private static Map<String, Object> toJson(List<Finding> findings) {
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> advice = new LinkedHashMap<>();
    for (Finding finding : findings) {
      json.put(finding.key(), finding.value());
      if (finding.advice() != null) {
        advice.put(finding.key(), finding.advice());
      }
    }
    json.put("advice", advice);
    return json;
  }

  private void print(Finding finding) {
    terminal.out().printf("%-20s%s%n", finding.name(), finding.value());
    if (finding.advice() != null) {
      terminal.out().printf("%-20s! %s%n", "", finding.advice());
    }
  }

  private static List<Finding> findings(Map<String, String> environment) {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.fine("deit4j", Version.current()));
    findings.add(Finding.fine("java", properties("java.runtime.version", "java.vendor")));
    findings.add(Finding.fine("system", properties("os.name", "os.version", "os.arch")));
    findings.add(Finding.fine("cpu", Environment.cpu()));
    findings.add(
        Finding.fine("processors", Integer.toString(Runtime.getRuntime().availableProcessors())));
    findings.add(memory());
    findings.add(Finding.fine("java heap", "at most " + gib(Runtime.getRuntime().maxMemory())));
    findings.add(hugePages());
    findings.add(backend());
    for (DeviceProvider device : Backends.providers()) {
      // A lack only for those who want the device.
      device.parts().forEach((name, value) -> findings.add(Finding.fine(name, value)));
    }
    findings.add(Finding.fine("jpeg decoder", JpegDecoder.best().description()));
    Datasets.ALL.stream()
        .filter(DatasetFormat::isPublished)
        .forEach(format -> findings.add(dataset(format.name(), environment)));
    findings.add(cache(environment));
    return List.copyOf(findings);
  }

  private static String properties(String... names) {
    return String.join(", ", Stream.of(names).map(System::getProperty).toList());
  }

  private static Finding memory() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long total = system.getTotalMemorySize();
    return new Finding(
        "memory",
        gib(total),
        total < ENOUGH_MEMORY ? "quickstart wants 2 GiB; train smaller" : null);
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
  }

  private static Finding hugePages() {
    try {
      String modes = Files.readString(HUGE_PAGES).strip();
      boolean never = modes.contains("[never]");
      return new Finding(
          "huge pages", modes, never ? "for speed, as root: echo madvise > " + HUGE_PAGES : null);
    } catch (IOException e) {
      return Finding.fine("huge pages", "unknown"); // not on Linux
    }
  }

  private static Finding backend() {
    Backends.Selection selection = Backends.select("auto", 0);
    try (Backend backend = selection.backend()) {
      String description = backend.description();
      return new Finding(
          "backend",
          description + " (" + selection.reason() + ")",
          description.contains("scalar")
              ? "slow: start Java with --add-modules jdk.incubator.vector, on a processor with"
                  + " vectors of 256 bits or more"
              : null);
    }
  }

  private static Finding dataset(String name, Map<String, String> environment) {
    String title = "data " + name;
    try {
      Path folder = Datasets.locate(name, Optional.empty(), environment);
      boolean known = Datasets.named(name).isIn(folder);
      return new Finding(
          title, folder.toString(), known ? null : folder + " lacks the data set's files");
    } catch (DatasetException e) {
      // A lack only for those who want it.
      return Finding.fine(title, "not found; --data or $DEIT4J_DATA/" + name + " names it");
    }
  }

  private static Finding cache(Map<String, String> environment) {
    Path folder = Datasets.cacheFolder(FashionMnist.NAME, environment).getParent();
    Path existing = folder.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    boolean writable = Files.isDirectory(existing) && Files.isWritable(existing);
    return new Finding(
        "cache",
        folder + (writable ? ", writable" : ", not writable"),
        writable ? null : "make " + existing + " writable, or set HOME to another folder");
  }
}
