package io.github.deit4j.serve;

import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's tensors as the Open Inference Protocol names them: the same ones, by the same names, as
 * in its ONNX export.
 */
final class TensorProtocol {
  /** Normalised images, [n, channels, size, size]. */
  static final String INPUT = "images";

  static final String TYPE = "FP32";

  private static final String LOGITS = "logits";
  private static final String CLASS_LOGITS = "class_logits";
  private static final String DISTILLATION_LOGITS = "distillation_logits";

  private final String name;
  private final ModelInfo info;

  TensorProtocol(String name, ModelInfo info) {
    this.name = name;
    this.info = info;
  }

  String name() {
    return name;
  }

  int classes() {
    return info.config().classes();
  }

  /** Returns the sizes of one image. */
  int[] imageShape() {
    Preprocessing preprocessing = info.preprocessing();
    return new int[] {preprocessing.channels(), preprocessing.size(), preprocessing.size()};
  }

  int imageElements() {
    int[] shape = imageShape();
    return shape[0] * shape[1] * shape[2];
  }

  /** Returns the names of the outputs; {@code logits} is the mean where there are two heads. */
  List<String> outputs() {
    return info.config().distilled()
        ? List.of(LOGITS, CLASS_LOGITS, DISTILLATION_LOGITS)
        : List.of(LOGITS);
  }

  /** Returns what clients can read about the model. */
  Map<String, Object> metadata() {
    Normalize normalize = info.preprocessing().normalize();
    List<Object> inputShape = new ArrayList<>(List.of(-1));
    for (int size : imageShape()) {
      inputShape.add(size);
    }
    return JsonWriter.object(
        "name",
        name,
        "platform",
        "deit4j",
        "inputs",
        List.of(tensor(INPUT, inputShape)),
        "outputs",
        outputs().stream().map(output -> tensor(output, List.of(-1, classes()))).toList(),
        "parameters",
        JsonWriter.object(
            "mean",
            JsonWriter.list(normalize.means()),
            "std",
            JsonWriter.list(normalize.deviations()),
            "classes",
            info.classNames()));
  }

  private static Map<String, Object> tensor(String tensor, List<?> shape) {
    return JsonWriter.object("name", tensor, "datatype", TYPE, "shape", shape);
  }

  /** Returns an output of some images, row after row. */
  float[] output(String output, List<LogitRows> images) {
    float[] rows = new float[images.size() * classes()];
    for (int i = 0; i < images.size(); i++) {
      float[] row = row(output, images.get(i));
      System.arraycopy(row, 0, rows, i * row.length, row.length);
    }
    return rows;
  }

  private float[] row(String output, LogitRows image) {
    return switch (output) {
      case CLASS_LOGITS -> image.classRows();
      case DISTILLATION_LOGITS -> image.distillationRows();
      default -> image.distillationRows() == null ? image.classRows() : mean(image);
    };
  }

  private static float[] mean(LogitRows image) {
    float[] mean = new float[image.classes()];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (image.classRows()[c] + image.distillationRows()[c]) / 2;
    }
    return mean;
  }

  /** Returns what is common to all answers. */
  Map<String, Object> answer(String id) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("model_name", name);
    if (id != null) {
      answer.put("id", id);
    }
    return answer;
  }
}
