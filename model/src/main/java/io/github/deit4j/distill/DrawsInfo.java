package io.github.deit4j.distill;

import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.TensorInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a file of {@link StoredDraws} says of itself. It is safetensors with all of this in its
 * metadata and three tensors:
 *
 * <ul>
 *   <li>{@code checksums} I64 [steps + 1]: of each step's answers, and of the contents, as if they
 *       were those of one step more: the first 64 bits (little-endian) of the SHA-256 of the
 *       SHA-256 of all that stands before the data, the step's number (64 bits, little-endian) and
 *       its answers as they are stored. So answers of another file, or of another step, are as
 *       damaged as changed ones
 *   <li>{@code contents} I32 [images]: the CRC-32C of each training image as it was decoded, 0
 *       where the data set's fingerprint covers it
 *   <li>{@code labels} [epochs, steps of an epoch, batch], unsigned: U8, I16 or I32 by the number
 *       of classes; or {@code logits} F32 [epochs, steps of an epoch, batch, classes]
 * </ul>
 *
 * @param type what the answers serve for: {@link DistillationType#HARD} for labels alone, {@link
 *     DistillationType#SOFT} for logits, which serve both
 * @param classNames in logit order
 * @param epochs epochs whose draws have answers
 * @param stepsPerEpoch optimizer steps of an epoch
 * @param batch images of a step
 * @param images training images of the data set
 * @param settings the recipe's settings that decide what the teacher sees and says, as YAML, by key
 * @param inputs what else does, the data and the teacher: numbers and digests by name
 * @param computedBy version and backend that computed the answers: another one may round otherwise
 */
public record DrawsInfo(
    DistillationType type,
    List<String> classNames,
    int epochs,
    int stepsPerEpoch,
    int batch,
    int images,
    Map<String, String> settings,
    Map<String, String> inputs,
    String computedBy) {
  static final String CHECKSUMS = "checksums";
  static final String CONTENTS = "contents";
  private static final String LABELS = "labels";
  private static final String LOGITS = "logits";

  private static final String CLASSES = "classes";
  private static final String SETTINGS = "settings";
  private static final String INPUTS = "inputs";
  private static final String COMPUTED_BY = "computed-by";

  /** Of 64-bit checksums an array holds so many. */
  private static final int MOST = 1 << 28;

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if there is nothing to store, or a step's answers are more
   *     than an array holds
   */
  public DrawsInfo {
    classNames = List.copyOf(classNames);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    if (type != DistillationType.HARD && type != DistillationType.SOFT) {
      throw new IllegalArgumentException("stored draws: expected hard or soft, found " + type);
    }
    if (classNames.isEmpty() || epochs < 1 || stepsPerEpoch < 1 || batch < 1 || images < 1) {
      throw new IllegalArgumentException(
          "stored draws: expected at least one class, epoch, step, image of a step and image, found"
              + " %d, %d, %d, %d, %d"
                  .formatted(classNames.size(), epochs, stepsPerEpoch, batch, images));
    }
    long steps = (long) epochs * stepsPerEpoch;
    long ofStep = answerBytes(type, classNames.size()) * batch;
    if (steps >= MOST || images >= MOST || ofStep > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "stored draws: expected fewer than 2^28 steps and images, and less than 2 GiB of answers"
              + " of a step, found %,d, %,d and %,d bytes".formatted(steps, images, ofStep));
    }
  }

  private static DType labelType(int classes) {
    return classes <= 1 << Byte.SIZE
        ? DType.U8
        : classes <= 1 << Short.SIZE ? DType.I16 : DType.I32;
  }

  private static long answerBytes(DistillationType type, int classes) {
    return type == DistillationType.HARD
        ? labelType(classes).bytes()
        : (long) Float.BYTES * classes;
  }

  /** Returns the number of classes. */
  int classes() {
    return classNames.size();
  }

  /** Returns whether there are labels and no logits. */
  boolean areLabels() {
    return type == DistillationType.HARD;
  }

  /** Returns how many bytes of the file an image's answer takes. */
  int answerBytes() {
    return (int) answerBytes(type, classes());
  }

  /** Returns how many bytes of the file a step's answers take. */
  public int stepBytes() {
    return answerBytes() * batch;
  }

  /** Returns the optimizer steps of all epochs. */
  public int steps() {
    return epochs * stepsPerEpoch;
  }

  /** Returns the bytes of the whole file. */
  public long fileBytes() {
    TensorInfo last = tensors().getLast();
    return beginning().length + last.offset() + last.bytes();
  }

  /** Returns the tensors in the order of their data; the last one holds the answers. */
  List<TensorInfo> tensors() {
    List<TensorInfo> tensors = new ArrayList<>();
    add(tensors, CHECKSUMS, DType.I64, Shape.of(steps() + 1));
    add(tensors, CONTENTS, DType.I32, Shape.of(images));
    if (areLabels()) {
      add(tensors, LABELS, labelType(classes()), Shape.of(epochs, stepsPerEpoch, batch));
    } else {
      add(tensors, LOGITS, DType.F32, Shape.of(epochs, stepsPerEpoch, batch, classes()));
    }
    return tensors;
  }

  private static void add(List<TensorInfo> tensors, String name, DType dtype, Shape shape) {
    long offset = tensors.isEmpty() ? 0 : tensors.getLast().offset() + tensors.getLast().bytes();
    tensors.add(new TensorInfo(name, dtype, shape, offset, shape.elements() * dtype.bytes()));
  }

  /** Returns what the file begins with, up to the data. */
  byte[] beginning() {
    return SafetensorsWriter.beginning(
        Map.of(
            CLASSES, JsonWriter.compact(classNames),
            SETTINGS, JsonWriter.compact(settings),
            INPUTS, JsonWriter.compact(inputs),
            COMPUTED_BY, computedBy),
        tensors());
  }

  /** Returns whether a file has the tensors of stored draws; nothing else is checked. */
  static boolean isIn(Map<String, TensorInfo> tensors) {
    return tensors.containsKey(CHECKSUMS) && tensors.containsKey(CONTENTS);
  }

  /**
   * Reads what an open file says of itself.
   *
   * @throws FormatException if it is no file of stored draws, or has another layout
   * @throws JsonException if the metadata are malformed
   */
  static DrawsInfo of(SafetensorsFile file) throws FormatException, JsonException {
    boolean labels = file.tensors().containsKey(LABELS);
    TensorInfo answers = file.tensor(labels ? LABELS : LOGITS);
    int rank = labels ? 3 : 4;
    if (answers.shape().rank() != rank || file.tensor(CONTENTS).shape().rank() != 1) {
      throw file.error(
          "%s of rank %d and contents of rank 1".formatted(answers.name(), rank),
          "shape %s and %s".formatted(answers.shape(), file.tensor(CONTENTS).shape()));
    }
    DrawsInfo info;
    try {
      info =
          new DrawsInfo(
              labels ? DistillationType.HARD : DistillationType.SOFT,
              metadata(file, CLASSES, "[]").asStrings(),
              answers.shape().size(0),
              answers.shape().size(1),
              answers.shape().size(2),
              file.tensor(CONTENTS).shape().size(0),
              strings(metadata(file, SETTINGS, "{}")),
              strings(metadata(file, INPUTS, "{}")),
              file.metadata().getOrDefault(COMPUTED_BY, "?"));
    } catch (IllegalArgumentException e) {
      throw new FormatException(file.path(), e.getMessage());
    }
    List<TensorInfo> found = List.copyOf(file.tensors().values());
    if (!found.equals(info.tensors())) {
      throw file.error("the tensors of stored draws " + info.tensors(), found.toString());
    }
    return info;
  }

  private static JsonValue metadata(SafetensorsFile file, String key, String otherwise)
      throws JsonException {
    String text = file.metadata().getOrDefault(key, otherwise);
    return Json.read(file.path() + " metadata " + key, text);
  }

  private static Map<String, String> strings(JsonValue object) throws JsonException {
    Map<String, String> strings = new LinkedHashMap<>();
    for (String key : object.keys()) {
      strings.put(key, object.get(key).asString());
    }
    return strings;
  }
}
