package io.github.deit4j.distill;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.device.Backend;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.Sha256;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A teacher whose logits were computed once and lie in a file. It knows images by a digest of their
 * normalised numbers, so it can never answer for an image that augmentation has changed: it refuses
 * those.
 *
 * <p>The file is safetensors: {@code logits} F32 [images, classes], {@code digests} I64 [images,
 * 2], and the class names in the metadata.
 */
public final class StoredLogits implements Teacher {
  private static final String LOGITS = "logits";
  private static final String DIGESTS = "digests";
  private static final String CLASSES = "classes";

  /** The first 128 bits of an image's SHA-256. */
  private record Digest(long high, long low) {}

  private final Path path;
  private final List<String> classNames;
  private final Map<Digest, float[]> logits;

  private StoredLogits(Path path, List<String> classNames, Map<Digest, float[]> logits) {
    this.path = path;
    this.classNames = List.copyOf(classNames);
    this.logits = logits;
  }

  /** Returns whether a file holds stored logits; nothing else is checked. */
  public static boolean isIn(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (WeightFile file = WeightFile.open(path)) {
      return file.tensors().containsKey(DIGESTS);
    }
  }

  /**
   * Reads stored logits.
   *
   * @throws FormatException if the file holds none, or is malformed
   */
  public static StoredLogits load(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      int images = images(file);
      List<String> names =
          Json.read(path + " metadata " + CLASSES, file.metadata().getOrDefault(CLASSES, "[]"))
              .asStrings();
      require(file, LOGITS, Shape.of(images, names.size()));
      float[] all = file.floats(LOGITS);
      long[] digests = file.longs(DIGESTS);
      Map<Digest, float[]> logits = new LinkedHashMap<>();
      for (int i = 0; i < images; i++) {
        logits.put(new Digest(digests[2 * i], digests[2 * i + 1]), row(all, i, names.size()));
      }
      return new StoredLogits(path, names, logits);
    }
  }

  private static float[] row(float[] rows, int i, int length) {
    return Arrays.copyOfRange(rows, i * length, (i + 1) * length);
  }

  private static int images(SafetensorsFile file) throws FormatException {
    TensorInfo digests = file.tensors().get(DIGESTS);
    int images = digests == null || digests.shape().rank() != 2 ? 0 : digests.shape().size(0);
    require(file, DIGESTS, Shape.of(images, 2));
    return images;
  }

  private static void require(SafetensorsFile file, String name, Shape shape)
      throws FormatException {
    TensorInfo info = file.tensors().get(name);
    if (info == null || !info.shape().equals(shape)) {
      throw file.error(
          "stored logits with a tensor " + name + " " + shape,
          info == null ? "no such tensor" : "shape " + info.shape());
    }
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Tensor logits(Ops ops, Tensor images) {
    int count = images.shape().size(0);
    int classes = classNames.size();
    float[] numbers = ops.backend().toArray(images);
    float[] rows = new float[count * classes];
    for (int i = 0; i < count; i++) {
      float[] row = logits.get(digest(numbers, i, count));
      if (row == null) {
        throw new UncheckedIOException(
            new FormatException(
                path,
                "images for which it has logits: a recipe that changes images by mirroring alone"
                    + " (crop-padding: 0, no other augmentation), the same data and preprocessing",
                "another image"));
      }
      System.arraycopy(row, 0, rows, i * classes, classes);
    }
    Tensor result = ops.arena().allocate(count, classes);
    ops.backend().write(result, MemorySegment.ofArray(rows));
    return result;
  }

  private static Digest digest(float[] numbers, int image, int images) {
    int length = numbers.length / images;
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers, image * length, length);
    ByteBuffer hash = ByteBuffer.wrap(Sha256.digest().digest(bytes.array()));
    return new Digest(hash.getLong(), hash.getLong());
  }

  @Override
  public void close() {
    // Nothing but Java heap.
  }

  /** Collects what a teacher says about images, to be written to a file. */
  public static final class Builder {
    private final Backend backend;
    private final List<String> classNames;
    private final Map<Digest, float[]> logits = new LinkedHashMap<>();

    /** Starts without images. */
    public Builder(Backend backend, List<String> classNames) {
      this.backend = backend;
      this.classNames = List.copyOf(classNames);
    }

    /**
     * Adds a batch; an image that is there already stays.
     *
     * @param images as the student will see them, [B, channels, height, width]
     * @param of the teacher's logits, [B, classes]
     */
    public void add(Tensor images, Tensor of) {
      int count = images.shape().size(0);
      float[] numbers = backend.toArray(images);
      float[] rows = backend.toArray(of);
      for (int i = 0; i < count; i++) {
        logits.putIfAbsent(digest(numbers, i, count), row(rows, i, classNames.size()));
      }
    }

    /** Returns the number of different images so far. */
    public int images() {
      return logits.size();
    }

    /** Writes the file. The bytes depend on images and logits alone. */
    public void write(Path path) throws IOException {
      int classes = classNames.size();
      float[] rows = new float[logits.size() * classes];
      long[] digests = new long[2 * logits.size()];
      int i = 0;
      for (Map.Entry<Digest, float[]> entry : logits.entrySet()) {
        System.arraycopy(entry.getValue(), 0, rows, i * classes, classes);
        digests[2 * i] = entry.getKey().high();
        digests[2 * i + 1] = entry.getKey().low();
        i++;
      }
      SafetensorsWriter.write(
          path,
          Map.of(CLASSES, JsonWriter.compact(classNames)),
          List.of(
              SafetensorsWriter.Entry.of(LOGITS, Shape.of(i, classes), rows),
              SafetensorsWriter.Entry.of(DIGESTS, Shape.of(i, 2), digests)));
    }
  }
}
