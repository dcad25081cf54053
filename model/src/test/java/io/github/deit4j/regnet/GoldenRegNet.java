package io.github.deit4j.regnet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.testing.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the models of golden item 10 have in common. */
final class GoldenRegNet {
  static final String FOLDER = "10-regnet/";

  private GoldenRegNet() {}

  /** Returns the sizes that a configuration names. */
  static RegNetConfig config(JsonValue json, int imageSize, int classes) throws IOException {
    List<RegNetConfig.Stage> stages = new ArrayList<>();
    int in = json.get("stem_width").asInt();
    for (JsonValue stage : json.get("stages").items()) {
      int width = stage.get("width").asInt();
      int depth = stage.get("depth").asInt();
      assertThat(stage.get("bottleneck_width").asInt()).isEqualTo(width);
      assertThat(stage.get("stride").asInt()).isEqualTo(2);
      for (int squeezed : stage.get("se_channels").asInts()) {
        assertThat(RegNetConfig.squeezedChannels(in)).isEqualTo(squeezed);
        in = width;
      }
      stages.add(new RegNetConfig.Stage(depth, width, stage.get("group_width").asInt()));
    }
    int stemWidth = json.get("stem_width").asInt();
    return new RegNetConfig(imageSize, 3, classes, stemWidth, 2, stages);
  }

  /** Returns parameters and buffers by name. */
  static Map<String, Parameter> tensors(RegNet model) {
    var tensors = new LinkedHashMap<String, Parameter>();
    model.parameters().forEach(parameter -> tensors.put(parameter.name(), parameter));
    model.buffers().forEach(buffer -> tensors.put(buffer.name(), buffer));
    return tensors;
  }

  /** Returns a tensor's numbers, a map's in the order of the golden files: channels first. */
  static float[] channelsFirst(Backend backend, Tensor tensor) {
    float[] last = Tensors.floats(backend, tensor);
    Shape shape = tensor.shape();
    if (shape.rank() != 4) {
      return last;
    }
    int pixels = shape.size(1) * shape.size(2);
    int channels = shape.size(3);
    float[] first = new float[last.length];
    for (int i = 0; i < last.length; i++) {
      int image = i / channels / pixels;
      int pixel = i / channels % pixels;
      first[(image * channels + i % channels) * pixels + pixel] = last[i];
    }
    return first;
  }

  /** Returns whether a tensor is PyTorch's counter of batches, which we don't keep. */
  static boolean isBatchCounter(String name) {
    return name.endsWith(".num_batches_tracked");
  }

  /** Returns the paths of those of some files that the folder has. */
  static List<String> listed(String... files) throws IOException {
    List<String> listed = new ArrayList<>();
    for (String file : files) {
      if (Golden.listed(FOLDER + file)) {
        listed.add(FOLDER + file);
      }
    }
    return listed;
  }
}
