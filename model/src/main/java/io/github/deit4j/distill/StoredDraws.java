package io.github.deit4j.distill;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A teacher whose answers to every image that a recipe draws in training, augmented and mixed, were
 * computed once and lie in a file: its labels for hard distillation, or its logits. It knows images
 * by their {@link Teacher.Place}, not by their pixels; so whoever uses it compares what decides
 * these, {@link DrawsInfo}, as {@code train.Trainer} does. Labels become one-hot logits, whose
 * largest is the same.
 *
 * <p>A step's answers are read when they are asked for. Files are written by {@link DrawsWriter};
 * {@link DrawsInfo} tells the format.
 */
public final class StoredDraws implements Teacher {
  private final Path path;
  private final DrawsFile file;

  /** The step read last; −1 for none. */
  private int step = -1;

  private byte[] answers;

  private StoredDraws(Path path, DrawsFile file) {
    this.path = path;
    this.file = file;
  }

  /** Returns whether a file holds stored draws; nothing else is checked. */
  public static boolean isIn(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (WeightFile file = WeightFile.open(path)) {
      return DrawsInfo.isIn(file.tensors());
    }
  }

  /**
   * Opens stored draws and reads all of them once: what is damaged is known before the first step,
   * not after days.
   *
   * @throws FormatException if the file holds none, is malformed or damaged
   */
  public static StoredDraws load(Path path) throws IOException {
    DrawsFile file = DrawsFile.open(path);
    try {
      for (int step = 0; step <= file.contentsStep(); step++) {
        if (!file.holds(step)) {
          throw file.damaged(step);
        }
      }
      return new StoredDraws(path, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Returns the file's path. */
  public Path path() {
    return path;
  }

  /** Returns what the file says of itself. */
  public DrawsInfo info() {
    return file.info();
  }

  /**
   * Returns the checksum of every training image as it was decoded for the teacher, 0 where the
   * data set's fingerprint covers the contents.
   */
  public int[] contents() throws IOException {
    return file.contents();
  }

  /** Returns a digest of the whole file: two files with the same one give the same answers. */
  public String digest() throws IOException {
    return file.digest();
  }

  @Override
  public List<String> classNames() {
    return info().classNames();
  }

  /** Not possible: pixels do not tell where in a run an image comes. */
  @Override
  public Tensor logits(Ops ops, Tensor images) {
    throw new UnsupportedOperationException(
        path + ": expected the place of images in a run, found none; stored draws go by it");
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if there are no answers for the place, they are damaged, or the
   *     file cannot be read
   */
  @Override
  public Tensor logits(Ops ops, Tensor images, Place place) {
    int count = images.shape().size(0);
    int classes = info().classes();
    float[] rows = new float[count * classes];
    try {
      for (int i = 0; i < count; i++) {
        row(place.epoch(), place.position() + i, rows, i * classes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Tensor result = ops.arena().allocate(count, classes);
    ops.backend().write(result, MemorySegment.ofArray(rows));
    return result;
  }

  /** Puts the logits of one image into {@code rows}, which is 0 there. */
  void row(int epoch, int position, float[] rows, int at) throws IOException {
    int ofEpoch = position / info().batch();
    if (epoch >= info().epochs() || ofEpoch >= info().stepsPerEpoch()) {
      throw new FormatException(
          path,
          "answers for image %,d of epoch %,d".formatted(position + 1, epoch + 1),
          "such for %,d images of %,d epochs"
              .formatted(info().stepsPerEpoch() * info().batch(), info().epochs()));
    }
    read(epoch * info().stepsPerEpoch() + ofEpoch);
    var answer = ByteBuffer.wrap(answers).order(ByteOrder.LITTLE_ENDIAN);
    answer.position(position % info().batch() * info().answerBytes());
    if (info().areLabels()) {
      int label = label(answer);
      if (label < 0 || label >= info().classes()) {
        throw new FormatException(path, "labels below " + info().classes(), "label " + label);
      }
      rows[at + label] = 1;
    } else {
      answer.asFloatBuffer().get(rows, at, info().classes());
    }
  }

  private int label(ByteBuffer answer) {
    return switch (info().answerBytes()) {
      case Byte.BYTES -> Byte.toUnsignedInt(answer.get());
      case Short.BYTES -> Short.toUnsignedInt(answer.getShort());
      default -> answer.getInt();
    };
  }

  private void read(int wanted) throws IOException {
    if (wanted != step) {
      step = -1;
      answers = file.read(wanted);
      step = wanted;
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
