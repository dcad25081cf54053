package io.github.deit4j.distill;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * Writes a file of {@link StoredDraws}, step by step, as {@code NAME.part}; only a complete one has
 * its name. Whenever the process or the machine ends, the next writer finds by their checksums
 * which steps are there, and asks for the others. While one is open no other process can open it.
 */
public final class DrawsWriter implements AutoCloseable {
  private final Path target;
  private final DrawsFile file;
  private final BitSet missing;
  private final int[] contents;

  /** Of the step at hand. */
  private final ByteBuffer answers;

  private DrawsWriter(Path target, DrawsFile file) throws IOException {
    this.target = target;
    this.file = file;
    this.contents = file.contents();
    this.answers = DrawsFile.littleEndian(file.info().stepBytes());
    this.missing = new BitSet(file.info().steps());
    for (int step = 0; step < file.info().steps(); step++) {
      missing.set(step, file.storedChecksum(step) == 0 || !file.holds(step));
    }
  }

  /**
   * Returns what a complete file says of itself; empty if there is none, or another.
   *
   * @throws IOException if it cannot be read
   */
  public static Optional<DrawsInfo> complete(Path target) throws IOException {
    try {
      return StoredDraws.isIn(target) ? Optional.of(DrawsFile.info(target)) : Optional.empty();
    } catch (FormatException | JsonException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns what the unfinished file says of itself that is to have a name, if there is one.
   *
   * @throws FormatException if it is something else
   */
  public static Optional<DrawsInfo> begun(Path target) throws IOException {
    Path part = part(target);
    return Files.exists(part) ? Optional.of(DrawsFile.info(part)) : Optional.empty();
  }

  /** Returns what a file is called until it is complete. */
  public static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  /**
   * Begins a file, or goes on with it.
   *
   * @param target its name when it is complete
   * @param info what it is to hold
   * @throws FormatException if there is an unfinished file that is to hold something else
   * @throws CannotWriteException if it cannot be written, another process writes it, or the disk
   *     has less space than it takes
   */
  public static DrawsWriter open(Path target, DrawsInfo info) throws IOException {
    Path part = part(target);
    if (!Files.exists(part)) {
      requireSpace(target, info.fileBytes());
      byte[] beginning = info.beginning();
      AtomicFiles.write(
          part,
          channel -> {
            AtomicFiles.writeFully(channel, ByteBuffer.wrap(beginning));
            // What lies between has no place on the disk before it is written.
            channel.position(info.fileBytes() - 1);
            AtomicFiles.writeFully(channel, ByteBuffer.allocate(1));
          });
    }
    DrawsFile file = DrawsFile.openToWrite(part);
    try {
      if (!file.info().equals(info)) {
        throw new FormatException(part, info.toString(), file.info().toString());
      }
      lock(target, file);
      var writer = new DrawsWriter(target, file);
      requireSpace(target, (long) writer.missing.cardinality() * info.stepBytes());
      return writer;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @SuppressWarnings("resource") // the lock ends with its channel
  private static void lock(Path target, DrawsFile file) throws IOException {
    boolean free;
    try {
      free = file.channel().tryLock() != null;
    } catch (OverlappingFileLockException e) {
      free = false; // held by this very process
    }
    if (!free) {
      throw new CannotWriteException(
          target, new IOException("another process writes it, wait for its end"));
    }
  }

  private static void requireSpace(Path target, long bytes) throws IOException {
    long free;
    try {
      free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
    if (bytes > free) {
      throw new CannotWriteException(
          target, new IOException("it takes %,d bytes, and %,d are free".formatted(bytes, free)));
    }
  }

  /** Returns what the file is to hold. */
  public DrawsInfo info() {
    return file.info();
  }

  /** Returns how many steps have no answers yet. */
  public int missing() {
    return missing.cardinality();
  }

  /** Returns the first step from one on that has no answers yet; −1 if all have. */
  public int nextMissing(int from) {
    return missing.nextSetBit(from);
  }

  /**
   * Takes note of the content of which an image was made.
   *
   * @param checksum 0 if nothing is known
   * @return whether it is the one that was noted before, or the first
   * @throws CannotWriteException if it cannot be written
   */
  public boolean isContent(int image, int checksum) throws CannotWriteException {
    if (checksum != 0 && contents[image] == 0) {
      contents[image] = checksum;
      try {
        file.writeContent(image, checksum);
      } catch (IOException e) {
        throw new CannotWriteException(target, e);
      }
    }
    return checksum == 0 || contents[image] == checksum;
  }

  /**
   * Takes the answers about the next images of a step.
   *
   * @param ops computes and allocates
   * @param logits of the teacher, [B, classes]
   * @throws FormatException if they are no numbers
   */
  public void add(Ops ops, Tensor logits) throws FormatException {
    int classes = info().classes();
    if (info().areLabels()) {
      Tensor labels = ops.arena().allocate(logits.shape().size(0), classes);
      ops.backend().loss().hardLabels(labels, logits);
      float[] rows = ops.backend().toArray(labels);
      for (int from = 0; from < rows.length; from += classes) {
        putLabel(rows, from);
      }
    } else {
      for (float logit : ops.backend().toArray(logits)) {
        require(Float.isFinite(logit));
        answers.putFloat(logit);
      }
    }
  }

  private void putLabel(float[] oneHot, int from) throws FormatException {
    int label = 0;
    while (label < info().classes() && oneHot[from + label] != 1) {
      label++;
    }
    require(label < info().classes());
    switch (info().answerBytes()) {
      case Byte.BYTES -> answers.put((byte) label);
      case Short.BYTES -> answers.putShort((short) label);
      default -> answers.putInt(label);
    }
  }

  private void require(boolean isNumber) throws FormatException {
    if (!isNumber) {
      throw new FormatException(
          target,
          "logits that are numbers",
          "others about image %,d of a step; the teacher's weights are damaged"
              .formatted(answers.position() / info().answerBytes()));
    }
  }

  /**
   * Writes the answers taken since the last step.
   *
   * @param step of all epochs, from 0
   * @throws CannotWriteException if they cannot be written; all that was there is still there
   * @throws IllegalStateException if they are not those of one step
   */
  public void endStep(int step) throws CannotWriteException {
    if (answers.hasRemaining()) {
      throw new IllegalStateException(
          "stored draws: expected %d bytes of a step's answers, found %d"
              .formatted(answers.capacity(), answers.position()));
    }
    try {
      file.write(step, answers.array());
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
    answers.clear();
    missing.clear(step);
  }

  /**
   * Gives the complete file its name, when all of it is on the disk.
   *
   * @throws CannotWriteException if that fails
   * @throws IllegalStateException if steps are missing
   */
  public void finish() throws CannotWriteException {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "stored draws: expected all steps, found %d missing".formatted(missing()));
    }
    try {
      ByteBuffer bytes = DrawsFile.littleEndian(Integer.BYTES * contents.length);
      bytes.asIntBuffer().put(contents);
      file.write(file.contentsStep(), bytes.array());
      file.channel().force(true);
      file.close();
      Files.move(part(target), target, ATOMIC_MOVE);
      AtomicFiles.forceFolder(target.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
  }

  /** Lets go of the file, complete or not. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
