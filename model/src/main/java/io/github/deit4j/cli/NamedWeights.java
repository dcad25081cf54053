package io.github.deit4j.cli;

import io.github.deit4j.fetch.Downloader;
import io.github.deit4j.fetch.RemoteFile;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.modelfile.PublishedWeights;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Weights that a command line names instead of a file, and whether they may be fetched. */
final class NamedWeights {
  @Option(
      names = "--download",
      description =
          "Weights may be named as well (deit_tiny_patch16_224, timm/deit_tiny_patch16_224): fetch"
              + " them by HTTPS where they are not in the cache, ~/.cache/deit4j/weights. Nothing"
              + " is fetched without this option.")
  private boolean download;

  private final Function<Path, Optional<PublishedWeights>> meaning;
  private final Downloader downloader;

  NamedWeights() {
    this(PublishedWeights::meant, new Downloader());
  }

  /** One that knows other names. */
  NamedWeights(Function<Path, Optional<PublishedWeights>> meaning, Downloader downloader) {
    this.meaning = meaning;
    this.downloader = downloader;
  }

  /**
   * Returns the file or folder that is meant: what there is at a path, or else the weights of that
   * name in the cache, which are fetched first if they may be. What is neither stays as it is.
   *
   * @throws FormatException if the weights are not there, or other ones are
   * @throws io.github.deit4j.fetch.FetchException if they cannot be fetched
   */
  Path locate(Path given, Subcommand command) throws IOException, InterruptedException {
    boolean silent = command instanceof Subcommand.WithJson printing && printing.json;
    return locate(given, command.terminal, silent);
  }

  Path locate(Path given, Terminal terminal, boolean silent)
      throws IOException, InterruptedException {
    Optional<PublishedWeights> named = meaning.apply(given);
    if (named.isEmpty()) {
      requireKnown(given);
      return given;
    }
    PublishedWeights weights = named.get();
    Path file = weights.path(terminal.environment());
    if (download && weights.isVerifiable() && !Files.exists(file)) {
      fetch(weights, file, terminal, silent);
    }
    return weights.cached(terminal.environment());
  }

  /** Tells a name that nobody knows from a file that is not there. */
  private static void requireKnown(Path given) throws FormatException {
    String name = given.toString();
    if (!Files.exists(given)
        && (name.startsWith("timm/") || ModelFamilies.models().contains(name))) {
      throw new FormatException(
          given,
          "a file, a folder, or the name of weights that are known: "
              + String.join(
                  ", ", PublishedWeights.all().stream().map(PublishedWeights::name).toList()),
          "none of these");
    }
  }

  private void fetch(PublishedWeights weights, Path file, Terminal terminal, boolean silent)
      throws IOException, InterruptedException {
    terminal.say("fetching %s from %s".formatted(weights.name(), weights.address()));
    RemoteFile remote =
        RemoteFile.at(weights.address(), weights.sha256(), weights.limit(), weights.exact());
    try (ProgressBar bar =
        new ProgressBar(terminal, silent, "fetching", "bytes", weights.bytes())) {
      downloader.fetch(
          remote,
          file,
          new Downloader.Progress() {
            @Override
            public void at(long bytes, long limit) {
              bar.update(Math.min(bytes, weights.bytes()));
            }

            @Override
            public void waiting() {
              bar.say("another process fetches it; waiting for that");
            }
          });
    }
    terminal.say("it is in %s, its SHA-256 as published".formatted(file));
  }
}
