package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cli.Version;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.run.Environment;
import io.github.deit4j.vit.VisionTransformer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a suite was run.
 *
 * @param started when, in ISO 8601; null before it has
 * @param commit of the source, with {@code -dirty} if it was changed; null if unknown
 * @param build SHA-256 of this project's jars, or of the files in its class folders, shortened
 */
record Testbed(
    String started,
    String deit4j,
    String commit,
    String build,
    String processor,
    int processors,
    long memoryBytes,
    String system,
    String java,
    List<String> jvmArguments,
    Map<String, String> backends) {
  private static final List<Class<?>> MODULES =
      List.of(NativeLibraries.class, CpuBackend.class, VisionTransformer.class, Testbed.class);
  private static final int HASH_BYTES = 8;
  private static final long GIT_SECONDS = 5;

  Testbed {
    backends = new TreeMap<>(backends);
  }

  /** Returns this machine and this JVM. */
  static Testbed here(Map<String, String> backends) throws IOException {
    return new Testbed(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        Version.current(),
        gitCommit(),
        buildHash(),
        Environment.cpu(),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
            .getTotalMemorySize(),
        properties("os.name", "os.version", "os.arch"),
        properties("java.runtime.version", "java.vendor"),
        // Without the file of the class archive, which moves with every build.
        ForkedTrials.jvmArguments().stream()
            .map(each -> each.replaceFirst("^(-XX:SharedArchiveFile)=.*", "$1"))
            .toList(),
        backends);
  }

  /**
   * Returns in what another differs, a line each: measurements of both do not belong together. The
   * time may, and the commit, which the build's hash tells more exactly.
   */
  List<String> differences(Testbed other) {
    List<String> differences = new ArrayList<>();
    Map<String, Object> mine = RecordJson.object(this);
    Map<String, Object> theirs = RecordJson.object(other);
    mine.forEach(
        (key, value) -> {
          boolean may = key.equals("started") || key.equals("commit");
          if (!may && !Objects.equals(value, theirs.get(key))) {
            differences.add("%s: %s, then %s".formatted(key, value, theirs.get(key)));
          }
        });
    return differences;
  }

  private static String properties(String... names) {
    return Stream.of(names).map(System::getProperty).collect(Collectors.joining(", "));
  }

  private static String buildHash() throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Class<?> each : MODULES) {
        Path place = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(place)) {
          for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
            sha.update(Files.readAllBytes(file));
          }
        }
      }
      return HexFormat.of().formatHex(sha.digest(), 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String gitCommit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (InputStream out = git.getInputStream()) {
        String said = new String(out.readAllBytes(), UTF_8).strip();
        boolean ended = git.waitFor(GIT_SECONDS, TimeUnit.SECONDS);
        return ended && git.exitValue() == 0 ? said : null;
      }
    } catch (IOException e) {
      return null; // no git
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
