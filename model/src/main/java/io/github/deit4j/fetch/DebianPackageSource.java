package io.github.deit4j.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.fetch.FashionMnistFetcher.FileSource;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A data set's package in Debian and its kin: downloaded and unpacked, not installed, so that
 * nothing but the package lists is needed.
 *
 * @param packageName the package
 * @param folderInPackage the folder of the package that holds the files
 */
record DebianPackageSource(String packageName, String folderInPackage) implements FileSource {
  private static final long COMMAND_MINUTES = 10;
  private static final File NO_INPUT = new File("/dev/null");

  @Override
  public String description() {
    return "Debian's package " + packageName;
  }

  @Override
  public void fetch(Collection<String> names, Path folder, Consumer<String> say)
      throws IOException, InterruptedException {
    Path unpacked = folder.resolve("unpacked");
    download(folder, say);
    run(folder, say, "dpkg-deb", "-x", packageFile(folder).toString(), unpacked.toString());
    for (String name : names) {
      Path file = unpacked.resolve(folderInPackage).resolve(name);
      if (!Files.isRegularFile(file)) {
        throw new FetchException("the package has no " + folderInPackage + "/" + name);
      }
      Files.move(file, folder.resolve(name));
    }
  }

  private void download(Path folder, Consumer<String> say)
      throws IOException, InterruptedException {
    try {
      run(folder, say, "apt-get", "download", packageName);
    } catch (FetchException e) {
      // Only root may bring the package lists up to date, which a fresh machine lacks.
      if (!System.getProperty("user.name").equals("root")) {
        throw e;
      }
      run(folder, say, "apt-get", "update");
      run(folder, say, "apt-get", "download", packageName);
    }
  }

  private static Path packageFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".deb"))
          .findFirst()
          .orElseThrow(() -> new FetchException("apt-get left no package file"));
    }
  }

  private static void run(Path folder, Consumer<String> say, String... command)
      throws IOException, InterruptedException {
    String text = String.join(" ", command);
    say.accept("  " + text);
    Path log = folder.resolve("output.log");
    Process process = start(folder, log, text, command);
    try {
      if (!process.waitFor(COMMAND_MINUTES, TimeUnit.MINUTES)) {
        throw new FetchException(text + ": not done after " + COMMAND_MINUTES + " minutes");
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new FetchException(text + ": exit code " + process.exitValue() + ": " + lastLine(log));
    }
  }

  private static Process start(Path folder, Path log, String text, String... command)
      throws FetchException {
    try {
      return new ProcessBuilder(command)
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(log.toFile())
          .redirectInput(ProcessBuilder.Redirect.from(NO_INPUT))
          .start();
    } catch (IOException e) {
      throw new FetchException(text + ": can't be started (" + e.getMessage() + ")", e);
    }
  }

  private static String lastLine(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), UTF_8).lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "no output" : lines.getLast();
  }
}
