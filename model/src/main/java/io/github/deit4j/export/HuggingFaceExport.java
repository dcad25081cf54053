package io.github.deit4j.export;

import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model as a folder of the Hugging Face hub: {@code config.json}, {@code
 * preprocessor_config.json} and {@code model.safetensors}.
 */
record HuggingFaceExport(ExportedTensors tensors, ModelInfo info) {
  /** Without this entry the library refuses the file. */
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  void write(Path folder) throws IOException {
    HuggingFaceModel form = info.config().huggingFace();
    AtomicFiles.createFolder(folder);
    AtomicFiles.writeString(folder.resolve("config.json"), JsonWriter.pretty(config(form)));
    AtomicFiles.writeString(
        folder.resolve("preprocessor_config.json"),
        JsonWriter.pretty(preprocessor(form.processor())));
    SafetensorsWriter.write(
        folder.resolve("model.safetensors"), METADATA, tensors.entries(form.names()));
  }

  private Map<String, Object> config(HuggingFaceModel form) {
    Map<String, Object> json = new LinkedHashMap<>(form.json());
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

  private Map<String, Object> preprocessor(ImageProcessor processor) {
    Preprocessing preprocessing = info.preprocessing();
    boolean convnext = processor == ImageProcessor.CONVNEXT;
    Map<String, Object> json = new LinkedHashMap<>();
    // DeiTImageProcessor and ViTImageProcessor resize to a square, so that oblong images are
    // distorted, and refuse a shortest edge. CLIP's is the one that does what DeiT's evaluation
    // does; where an odd number of pixels is cut off, it cuts one less in front.
    json.put("image_processor_type", convnext ? "ConvNextImageProcessor" : "CLIPImageProcessor");
    json.put("do_convert_rgb", preprocessing.channels() == 3);
    json.put("do_resize", true);
    if (convnext) {
      // Below 384 pixels it keeps the aspect ratio and cuts the middle out.
      json.put("size", Map.of("shortest_edge", preprocessing.size()));
      json.put("crop_pct", preprocessing.cropRatio());
    } else {
      json.put("size", Map.of("shortest_edge", preprocessing.resizedSide()));
      json.put("do_center_crop", true);
      json.put("crop_size", square(preprocessing.size()));
    }
    json.put("resample", pillowFilter(preprocessing));
    json.put("do_rescale", true);
    json.put("rescale_factor", 1.0 / 255);
    json.put("do_normalize", true);
    json.put("image_mean", preprocessing.normalize().mean());
    json.put("image_std", preprocessing.normalize().std());
    if (preprocessing.rounding() != Rounding.EVEN) {
      // Not the library's, which passes over it: so that deit4j finds its own model again.
      json.put("crop_rounding", preprocessing.rounding().name().toLowerCase(Locale.ROOT));
    }
    return json;
  }

  private static Map<String, Object> square(int side) {
    return JsonWriter.object("height", side, "width", side);
  }

  private static int pillowFilter(Preprocessing preprocessing) {
    return switch (preprocessing.interpolation()) {
      case BILINEAR -> 2;
      case BICUBIC -> 3;
    };
  }
}
