package io.github.deit4j.cli;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a weight file, or a folder with one, holds.
 *
 * @param bytes size of the file
 * @param model what it says of a model; null if it is none
 * @param noModel why it is no model; null if it is one
 */
record WeightsInspection(
    Path file,
    long bytes,
    Map<String, String> metadata,
    List<TensorSummary> tensors,
    ModelInfo model,
    String noModel)
    implements InspectCommand.Inspection {
  private static final int LONGEST_TEXT = 200;

  /**
   * Reads all of a file.
   *
   * @throws FormatException if it is no well-formed weight file
   */
  static WeightsInspection of(ModelSource source) throws IOException {
    Path path = source.path();
    List<TensorSummary> tensors = new ArrayList<>();
    Map<String, String> metadata;
    try (WeightFile file = WeightFile.open(SavedModel.weightFile(path))) {
      metadata = file.metadata();
      for (TensorInfo info : file.tensors().values()) {
        tensors.add(TensorSummary.of(file, info));
      }
    }
    long bytes = Files.size(SavedModel.weightFile(path));
    try {
      ModelInfo info = SavedModel.readInfo(source);
      return new WeightsInspection(path, bytes, metadata, tensors, info, null);
    } catch (FormatException | JsonException e) {
      return new WeightsInspection(path, bytes, metadata, tensors, null, e.getMessage());
    }
  }

  private long parameters() {
    return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> json =
        JsonWriter.object(
            "file",
            file.toString(),
            "bytes",
            bytes,
            "parameters",
            parameters(),
            "metadata",
            metadata);
    if (model == null) {
      json.put("no-model", noModel);
    } else {
      json.put("model", model.config().toJson());
      json.put("classes", ClassNames.labels(model.classNames()));
      json.put("preprocessing", toJson(model.preprocessing()));
    }
    json.put("tensors", tensors.stream().map(TensorSummary::toJson).toList());
    return json;
  }

  private static Map<String, Object> toJson(Preprocessing preprocessing) {
    return JsonWriter.object(
        "size", preprocessing.size(),
        "channels", preprocessing.channels(),
        "mean", preprocessing.normalize().mean(),
        "std", preprocessing.normalize().std(),
        "crop-ratio", preprocessing.cropRatio(),
        "interpolation", preprocessing.interpolation().name().toLowerCase(Locale.ROOT),
        "crop-rounding", preprocessing.rounding().name().toLowerCase(Locale.ROOT),
        "exif-orientation", preprocessing.exifOrientation());
  }

  @Override
  public void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %,d bytes, %d tensors, %,d parameters%n",
        file,
        bytes,
        tensors.size(),
        parameters());
    if (model == null) {
      out.println("no model: " + noModel);
    } else {
      out.println(model.config().family().name() + ": " + text(model.config().toJson()));
      out.println("classes: " + shorten(String.join(", ", ClassNames.labels(model.classNames()))));
      out.println("preprocessing: " + text(toJson(model.preprocessing())));
    }
    out.println();
    metadata.forEach((key, value) -> out.println("metadata " + key + ": " + shorten(value)));
    tensors.forEach(tensor -> print(out, tensor));
    List<TensorSummary> damaged = tensors.stream().filter(tensor -> !tensor.isFinite()).toList();
    if (!damaged.isEmpty()) {
      out.printf("%n%d tensors hold numbers that are not finite%n", damaged.size());
    }
  }

  private static void print(PrintWriter out, TensorSummary tensor) {
    String flaw =
        tensor.isFinite() ? "" : "  %d NaN, %d infinite".formatted(tensor.nan(), tensor.infinite());
    out.printf("%-36s %-5s %s%s%n", tensor.name(), tensor.dtype(), tensor.shape(), flaw);
  }

  private static String text(Map<String, Object> values) {
    return String.join(
        ", ",
        values.entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue()).toList());
  }

  private static String shorten(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
  }

  /**
   * A stored tensor and how many of its elements are no finite numbers.
   *
   * @param nan elements that are not a number
   * @param infinite elements that are infinite as 32-bit floats
   */
  record TensorSummary(String name, DType dtype, Shape shape, int nan, int infinite) {
    /** Reads all of a tensor. */
    static TensorSummary of(WeightFile file, TensorInfo info) throws IOException {
      int nan = 0;
      int infinite = 0;
      if (isFloatingPoint(info.dtype())) {
        for (float value : file.floats(info.name())) {
          nan += Float.isNaN(value) ? 1 : 0;
          infinite += Float.isInfinite(value) ? 1 : 0;
        }
      }
      return new TensorSummary(info.name(), info.dtype(), info.shape(), nan, infinite);
    }

    private static boolean isFloatingPoint(DType dtype) {
      return switch (dtype) {
        case F32, F64, F16, BF16 -> true;
        case I64, I32, I16, I8, U8, BOOL -> false;
      };
    }

    boolean isFinite() {
      return nan == 0 && infinite == 0;
    }

    Map<String, Object> toJson() {
      return JsonWriter.object(
          "name", name,
          "dtype", dtype.name(),
          "shape", IntStream.of(shape.sizes()).boxed().toList(),
          "nan", nan,
          "infinite", infinite);
    }
  }
}
