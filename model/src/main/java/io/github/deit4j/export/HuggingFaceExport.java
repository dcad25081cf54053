package io.github.deit4j.export;

import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.DeiTFile;
import io.github.deit4j.modelfile.HuggingFaceNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.vit.DeiT;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model as a folder of the Hugging Face hub: {@code config.json}, {@code
 * preprocessor_config.json} and {@code model.safetensors}.
 */
final class HuggingFaceExport {
  /** Without this entry the library refuses the file. */
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private final ExportedTensors tensors;
  private final ModelInfo info;

  HuggingFaceExport(ExportedTensors tensors, ModelInfo info) {
    this.tensors = tensors;
    this.info = info;
  }

  void write(Path folder) throws IOException {
    Map<String, Object> config = config(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CannotWriteException(folder, e);
    }
    AtomicFiles.writeString(folder.resolve("config.json"), JsonWriter.pretty(config));
    AtomicFiles.writeString(
        folder.resolve("preprocessor_config.json"), JsonWriter.pretty(preprocessor()));
    SafetensorsWriter.write(folder.resolve("model.safetensors"), METADATA, tensors());
  }

  private Map<String, Object> config(Path folder) throws IOException {
    Map<String, Object> json =
        switch (tensors.model().config()) {
          case DeiTConfig deit -> HuggingFaceConfig.of(deit);
          case RegNetConfig regNet -> HuggingFaceConfig.of(regNet, folder);
          case ModelConfig other ->
              throw new CannotWriteException(
                  folder, new IOException("no form is known for a " + other.family()));
        };
    json.put("torch_dtype", "float32");
    Map<String, Object> labels = new LinkedHashMap<>();
    Map<String, Object> indices = new LinkedHashMap<>();
    List<String> names = ClassNames.labels(info.classNames());
    for (int i = 0; i < names.size(); i++) {
      labels.put(Integer.toString(i), names.get(i));
      indices.put(names.get(i), i);
    }
    json.put("id2label", labels);
    json.put("label2id", indices);
    return json;
  }

  private Map<String, Object> preprocessor() {
    Preprocessing preprocessing = info.preprocessing();
    Map<String, Object> json =
        tensors.model() instanceof DeiT ? squares(preprocessing) : shortestEdge(preprocessing);
    json.put("resample", pillowFilter(preprocessing));
    json.put("do_rescale", true);
    json.put("rescale_factor", 1.0 / 255);
    json.put("do_normalize", true);
    json.put("image_mean", list(preprocessing.normalize().mean()));
    json.put("image_std", list(preprocessing.normalize().std()));
    return json;
  }

  /**
   * This processor resizes to a square, where DeiT's own evaluation keeps the aspect ratio: on
   * oblong images its pixels are others.
   */
  private static Map<String, Object> squares(Preprocessing preprocessing) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image_processor_type", "DeiTImageProcessor");
    json.put("do_resize", true);
    json.put("size", square(preprocessing.resizedSide()));
    json.put("do_center_crop", true);
    json.put("crop_size", square(preprocessing.size()));
    return json;
  }

  /** RegNet's processor: below 384 pixels it keeps the aspect ratio and cuts the middle out. */
  private static Map<String, Object> shortestEdge(Preprocessing preprocessing) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image_processor_type", "ConvNextImageProcessor");
    json.put("do_resize", true);
    json.put("size", Map.of("shortest_edge", preprocessing.size()));
    json.put("crop_pct", preprocessing.cropRatio());
    return json;
  }

  private static Map<String, Object> square(int side) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("height", side);
    json.put("width", side);
    return json;
  }

  private static int pillowFilter(Preprocessing preprocessing) {
    return switch (preprocessing.interpolation()) {
      case BILINEAR -> 2;
      case BICUBIC -> 3;
    };
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private List<Entry> tensors() {
    if (!(tensors.model() instanceof DeiT deit)) {
      return tensors.entries(RegNetNames.HUGGING_FACE::of);
    }
    HuggingFaceNames names = HuggingFaceNames.of(deit.config());
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, Tensor> tensor : DeiTFile.values(deit).entrySet()) {
      float[] values = tensors.values(tensor.getValue());
      addParts(entries, names.of(tensor.getKey()), tensor.getValue().shape(), values);
    }
    return entries;
  }

  /** Adds a tensor in as many equal parts, cut between rows, as there are names. */
  private static void addParts(
      List<Entry> entries, List<String> names, Shape shape, float[] values) {
    int[] sizes = shape.sizes();
    sizes[0] /= names.size();
    int length = values.length / names.size();
    for (int i = 0; i < names.size(); i++) {
      float[] part = Arrays.copyOfRange(values, i * length, (i + 1) * length);
      entries.add(Entry.of(names.get(i), Shape.of(sizes), part));
    }
  }
}
