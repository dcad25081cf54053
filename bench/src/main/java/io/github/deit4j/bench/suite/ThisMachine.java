package io.github.deit4j.bench.suite;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cli.Version;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.vit.DeiT;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Tells this JVM's {@link Environment}. */
final class ThisMachine {
  private static final List<Class<?>> MODULES =
      List.of(NativeLibraries.class, CpuBackend.class, DeiT.class, ThisMachine.class);
  private static final int HASH_BYTES = 8;
  private static final long GIT_SECONDS = 5;

  private ThisMachine() {}

  /**
   * Returns the environment.
   *
   * @param backends their descriptions by name
   */
  static Environment environment(Map<String, String> backends) throws IOException {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        Version.current(),
        commit(),
        build(),
        io.github.deit4j.run.Environment.cpu(),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
            .getTotalMemorySize(),
        properties("os.name", "os.version", "os.arch"),
        properties("java.runtime.version", "java.vendor"),
        stable(Jvm.arguments()),
        backends);
  }

  private static String properties(String... names) {
    return String.join(", ", Stream.of(names).map(System::getProperty).toList());
  }

  /** Without the file of the class archive, which moves with every build. */
  private static List<String> stable(List<String> arguments) {
    return arguments.stream()
        .map(each -> each.replaceFirst("^(-XX:SharedArchiveFile)=.*", "$1"))
        .toList();
  }

  /** Returns the hash of the content of the project's own jars or class folders. */
  private static String build() throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Class<?> each : MODULES) {
        Path place = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isDirectory(place)) {
          add(sha, place);
        } else {
          try (FileSystem jar = FileSystems.newFileSystem(place)) {
            add(sha, jar.getPath("/"));
          }
        }
      }
      return HexFormat.of().formatHex(sha.digest(), 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The manifest and Maven's files have the time of the build in them. */
  private static void add(MessageDigest sha, Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = root.relativize(file).toString();
        if (!name.startsWith("META-INF")) {
          sha.update(name.getBytes(StandardCharsets.UTF_8));
          sha.update(Files.readAllBytes(file));
        }
      }
    }
  }

  /** Returns what git says of the working folder; null where it says nothing. */
  private static String commit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (InputStream out = git.getInputStream()) {
        String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
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
