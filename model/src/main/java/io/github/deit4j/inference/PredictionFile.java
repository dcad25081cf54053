package io.github.deit4j.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.input.InputFiles;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file of predictions that grows line by line, and is gone on with after whatever stopped it: a
 * last line that was cut off is taken away, of the others it is known which images they are of. One
 * process at a time writes to it. In memory are the paths of what was there before, nothing else.
 */
public final class PredictionFile implements AutoCloseable {
  private static final int LONGEST_LINE = 1 << 24;

  private final Path file;
  private final PredictionFormat format;
  private final FileChannel channel;
  private final Set<String> known = new HashSet<>();
  private String firstLine;

  private PredictionFile(Path file, PredictionFormat format, FileChannel channel) {
    this.file = file;
    this.format = format;
    this.channel = channel;
  }

  /**
   * Opens a file to go on with, or a new one.
   *
   * @throws FormatException if there is a file of anything else, or of other heads or numbers of
   *     classes
   * @throws CannotWriteException if it cannot be written, or another process does
   */
  public static PredictionFile open(Path file, PredictionFormat format) throws IOException {
    if (Files.exists(file)) {
      InputFiles.requireRegular(file, problem -> new FormatException(file, problem));
    }
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CannotWriteException(file, e);
    }
    PredictionFile predictions = new PredictionFile(file, format, channel);
    try {
      predictions.lock();
      predictions.goOn();
      return predictions;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      locked = false;
    }
    if (!locked) {
      throw new CannotWriteException(file, new IOException("another process writes to it"));
    }
  }

  /** Reads what is there, and takes away what is not a whole line. */
  private void goOn() throws IOException {
    long whole = 0;
    long at = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    // Not closed, since that would close the channel.
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    boolean quoted = false;
    boolean first = true;
    for (int next = in.read(); next >= 0; next = in.read()) {
      at++;
      quoted ^= format.csv() && next == '"';
      if (next == '\n' && !quoted) {
        take(text(line.toByteArray()), first);
        first = false;
        line.reset();
        whole = at;
      } else {
        line.write(next);
        if (line.size() > LONGEST_LINE) {
          throw new FormatException(file, "expected a line for each image, found a longer one");
        }
      }
    }
    if (whole == 0) {
      String rest = new String(line.toByteArray(), UTF_8);
      String start = format.start();
      if (!start.startsWith(rest) && !rest.startsWith(start)) {
        throw notPredictions(rest);
      }
    }
    try {
      channel.truncate(whole).position(whole);
    } catch (IOException e) {
      throw new CannotWriteException(file, e);
    }
    if (whole == 0 && format.header().isPresent()) {
      append(format.header().get() + "\n");
    }
  }

  private String text(byte[] line) throws FormatException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "text in UTF-8", "other bytes");
    }
  }

  private void take(String line, boolean first) throws FormatException {
    Optional<String> header = format.header();
    if (first && header.isPresent()) {
      if (!line.equals(header.get())) {
        throw notPredictions(line);
      }
      return;
    }
    if (first && !line.startsWith(format.start())) {
      throw notPredictions(line);
    }
    try {
      known.add(format.path(line));
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file, "line of image %d: %s".formatted(known.size() + 1, e.getMessage()));
    }
    if (firstLine == null) {
      firstLine = line;
    }
  }

  private FormatException notPredictions(String found) {
    return new FormatException(
        file,
        "a file of predictions that begins with " + format.start(),
        shortened(found) + "; choose another file");
  }

  private static String shortened(String text) {
    return '"' + (text.length() > 200 ? text.substring(0, 200) + "…" : text) + '"';
  }

  /** Returns what stands in its lines. */
  public PredictionFormat format() {
    return format;
  }

  /** Tells whether an image was there before. */
  public boolean knows(String path) {
    return known.contains(path);
  }

  /** Returns the path of the first image that was there before, if any. */
  public Optional<String> firstPath() {
    return Optional.ofNullable(firstLine).map(format::path);
  }

  /**
   * Requires that a model says the same of the first image that was there before, lest the
   * predictions of two models stand in one file.
   *
   * @throws FormatException if it doesn't
   */
  public void requireSame(ImagePredictions again) throws FormatException {
    String line = format.line(again);
    if (!line.equals(firstLine)) {
      throw new FormatException(
          file,
          ("expected the predictions of this model, found others of %s: weights, options or"
                  + " device differ; choose another file, or delete this one")
              .formatted(again.path()));
    }
  }

  /**
   * Adds images.
   *
   * @throws CannotWriteException if they cannot be written
   */
  public void add(List<ImagePredictions> images) throws CannotWriteException {
    StringBuilder lines = new StringBuilder();
    images.forEach(image -> lines.append(format.line(image)).append('\n'));
    append(lines.toString());
  }

  private void append(String text) throws CannotWriteException {
    try {
      AtomicFiles.writeFully(channel, ByteBuffer.wrap(text.getBytes(UTF_8)));
    } catch (IOException e) {
      throw new CannotWriteException(file, e);
    }
  }

  /**
   * Sees to it that everything is on the disk, and closes the file.
   *
   * @throws CannotWriteException if it isn't
   */
  @Override
  public void close() throws CannotWriteException {
    try (channel) {
      channel.force(true);
    } catch (IOException e) {
      throw new CannotWriteException(file, e);
    }
  }
}
