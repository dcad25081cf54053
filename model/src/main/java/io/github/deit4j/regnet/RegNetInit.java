package io.github.deit4j.regnet;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The reference's initialisation (timm): convolutions normal with deviation √(2/fanOut), fanOut
 * being kernel² times the outputs of a group; the head normal with deviation 0.01; biases 0;
 * normalisation 1 and 0, but 0 for the last weight of each block, so that a block begins as its
 * shortcut. Running means start at 0, variances at 1.
 */
final class RegNetInit {
  private static final double HEAD_DEVIATION = 0.01;

  private RegNetInit() {}

  /** Gives every parameter its first value; each has a random stream of its own. */
  static void initialize(RegNet model, Backend backend, long seed) {
    List<Parameter> parameters = model.parameters();
    IntStream.range(0, parameters.size())
        .parallel()
        .forEach(
            index -> {
              Parameter parameter = parameters.get(index);
              Philox random = Purpose.CONVNET_INITIALIZATION.stream(seed, 0, index);
              fill(backend, parameter, random, groups(model.config(), parameter.name()));
            });
    for (Parameter buffer : model.buffers()) {
      backend.fill(buffer.value(), buffer.name().endsWith("running_var") ? 1f : 0f);
    }
  }

  private static int groups(RegNetConfig config, String name) {
    if (!name.endsWith(".conv2.conv.weight")) {
      return 1;
    }
    String stage = name.substring(1, name.indexOf('.'));
    RegNetConfig.Stage sizes = config.stages().get(Integer.parseInt(stage) - 1);
    return sizes.width() / sizes.groupWidth();
  }

  private static void fill(Backend backend, Parameter parameter, Philox random, int groups) {
    String name = parameter.name();
    Tensor value = parameter.value();
    if (name.endsWith(".bias")) {
      backend.fill(value, 0f);
    } else if (name.contains(".bn.")) {
      backend.fill(value, name.endsWith(".conv3.bn.weight") ? 0f : 1f);
    } else {
      draw(backend, value, random, deviation(name, value.shape(), groups));
    }
  }

  private static double deviation(String name, Shape shape, int groups) {
    if (name.equals("head.fc.weight")) {
      return HEAD_DEVIATION;
    }
    double fanOut = (double) shape.size(0) * shape.size(2) * shape.size(3) / groups;
    return StrictMath.sqrt(2 / fanOut);
  }

  private static void draw(Backend backend, Tensor tensor, Philox random, double deviation) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    backend.write(tensor, MemorySegment.ofArray(values));
  }
}
