package io.github.deit4j.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.Sha256;
import java.io.File;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Fetches Fashion-MNIST's four files (30 MB) into a cache folder: from Debian's package where there
 * is {@code apt-get}, else from the authors' repository. A file enters the cache only when its
 * SHA-256 is the known one.
 *
 * <p>For the command line. The library opens folders and never calls this by itself.
 */
public final class FashionMnistFetcher {
  private static final String AUTHORS =
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/";

  /** The digests that are right: of Debian's file, whose gzip header has no name, and of theirs. */
  private static final SequencedMap<String, List<String>> SHA256 = new LinkedHashMap<>();

  private static final Map<String, RemoteFile> AT_AUTHORS = new HashMap<>();

  static {
    known(
        "train-images-idx3-ubyte.gz",
        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880);
    known(
        "train-labels-idx1-ubyte.gz",
        "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515);
    known(
        "t10k-images-idx3-ubyte.gz",
        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102);
    known(
        "t10k-labels-idx1-ubyte.gz",
        "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148);
  }

  private static void known(String name, String debian, String authors, long size) {
    SHA256.put(name, List.of(debian, authors));
    AT_AUTHORS.put(name, RemoteFile.at(AUTHORS + name, authors, size, true));
  }

  private final SequencedMap<String, List<String>> sha256;
  private final List<FileSource> sources;

  FashionMnistFetcher(SequencedMap<String, List<String>> sha256, List<FileSource> sources) {
    this.sha256 = sha256;
    this.sources = sources;
  }

  /**
   * Fetches the files that the folder lacks or has damaged.
   *
   * @param cacheFolder receives the files; created if need be
   * @param say hears of each thing done, a line at a time
   * @throws FetchException if no source gave the files; the message tells what was tried and how to
   *     put them by hand
   * @throws CannotWriteException if the folder can't be written
   */
  public static void fetch(Path cacheFolder, Consumer<String> say)
      throws IOException, InterruptedException {
    List<FileSource> sources =
        List.of(
            new DebianPackageSource("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"),
            new HttpsSource(AUTHORS, AT_AUTHORS));
    new FashionMnistFetcher(SHA256, sources).fetchInto(cacheFolder, say);
  }

  void fetchInto(Path cacheFolder, Consumer<String> say) throws IOException, InterruptedException {
    if (flaw(cacheFolder).isEmpty()) {
      say.accept("Fashion-MNIST is in " + cacheFolder);
      return;
    }
    AtomicFiles.createFolder(cacheFolder);
    List<String> failures = new ArrayList<>();
    for (FileSource source : sources) {
      Path work = Files.createTempDirectory("deit4j-fetch-");
      try {
        say.accept("Fetching Fashion-MNIST (30 MB) from " + source.description());
        source.fetch(sha256.sequencedKeySet(), work, say);
        Optional<String> flaw = flaw(work);
        if (flaw.isPresent()) {
          throw new FetchException(flaw.get());
        }
        install(work, cacheFolder);
        say.accept("Fashion-MNIST is in " + cacheFolder + ", SHA-256 of all files verified");
        return;
      } catch (FetchException e) {
        say.accept("That failed: " + e.getMessage());
        failures.add(source.description() + ": " + e.getMessage());
      } finally {
        deleteTree(work);
      }
    }
    throw new FetchException(
        ("Fashion-MNIST can't be fetched. Tried %s. Put %s into %s by hand, or name a folder that"
                + " holds them with --data")
            .formatted(
                String.join("; ", failures),
                String.join(", ", sha256.sequencedKeySet()),
                cacheFolder));
  }

  /** Returns what is wrong with the files of a folder. */
  private Optional<String> flaw(Path folder) throws IOException {
    for (String name : sha256.sequencedKeySet()) {
      Path file = folder.resolve(name);
      if (!Files.isRegularFile(file)) {
        return Optional.of("there is no " + name);
      }
      String found = Sha256.of(file);
      List<String> right = sha256.get(name);
      if (!right.contains(found)) {
        return Optional.of(
            "%s: expected SHA-256 %s, found %s".formatted(name, String.join(" or ", right), found));
      }
    }
    return Optional.empty();
  }

  private void install(Path from, Path cacheFolder) throws IOException {
    for (String name : sha256.sequencedKeySet()) {
      AtomicFiles.write(
          cacheFolder.resolve(name),
          channel -> Files.copy(from.resolve(name), Channels.newOutputStream(channel)));
    }
  }

  private static void deleteTree(Path dir) throws IOException {
    try (Stream<Path> paths = Files.walk(dir)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** A place outside this machine that has a data set's files. */
  interface FileSource {
    /** Returns what messages call the place. */
    String description();

    /**
     * Brings the files.
     *
     * @param folder an empty folder that receives them; anything else left there does no harm
     */
    void fetch(Collection<String> names, Path folder, Consumer<String> say)
        throws IOException, InterruptedException;
  }

  /** Files below a web address, which ends with a slash. */
  private record HttpsSource(String address, Map<String, RemoteFile> files) implements FileSource {
    @Override
    public String description() {
      return address;
    }

    @Override
    public void fetch(Collection<String> names, Path folder, Consumer<String> say)
        throws IOException, InterruptedException {
      for (String name : names) {
        say.accept("  " + name);
        new Downloader().fetch(files.get(name), folder.resolve(name), (_, _) -> {});
      }
    }
  }

  /**
   * A data set's package in Debian and its kin: downloaded and unpacked, not installed, so that
   * nothing but the package lists is needed.
   *
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
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(NO_INPUT);
      Process process;
      try {
        process = builder.start();
      } catch (IOException e) {
        throw new FetchException(text + ": can't be started (" + e.getMessage() + ")", e);
      }
      try {
        if (!process.waitFor(COMMAND_MINUTES, TimeUnit.MINUTES)) {
          throw new FetchException(text + ": not done after " + COMMAND_MINUTES + " minutes");
        }
      } finally {
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        throw new FetchException(
            text + ": exit code " + process.exitValue() + ": " + lastLine(log));
      }
    }

    private static String lastLine(Path log) throws IOException {
      List<String> lines =
          new String(Files.readAllBytes(log), UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.isEmpty() ? "no output" : lines.getLast();
    }
  }
}
