package io.github.deit4j.regnet;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.Shape;
import java.util.function.DoubleSupplier;

/**
 * The reference's initialisation (timm): convolutions normal with deviation √(2/fanOut), fanOut
 * being kernel² times the outputs of a group; the head normal with deviation 0.01; biases 0;
 * normalisation 1 and 0, but 0 for the last weight of each block, so that a block begins as its
 * shortcut. Running means start at 0, variances at 1.
 */
final class RegNetInit {
  private static final double HEAD_DEVIATION = 0.01;

  private RegNetInit() {}

  /** Returns what gives a parameter's elements. */
  static DoubleSupplier elements(RegNetConfig config, Parameter parameter, Philox random) {
    String name = parameter.name();
    if (name.endsWith(".bias") || name.endsWith(".conv3.bn.weight")) {
      return () -> 0;
    }
    if (name.contains(".bn.")) {
      return () -> 1;
    }
    double deviation = deviation(name, parameter.value().shape(), groups(config, name));
    return () -> deviation * random.nextGaussian();
  }

  private static int groups(RegNetConfig config, String name) {
    if (!name.endsWith(".conv2.conv.weight")) {
      return 1;
    }
    String stage = name.substring(1, name.indexOf('.'));
    RegNetConfig.Stage sizes = config.stages().get(Integer.parseInt(stage) - 1);
    return sizes.width() / sizes.groupWidth();
  }

  private static double deviation(String name, Shape shape, int groups) {
    if (name.equals("head.fc.weight")) {
      return HEAD_DEVIATION;
    }
    double fanOut = (double) shape.size(0) * shape.size(2) * shape.size(3) / groups;
    return StrictMath.sqrt(2 / fanOut);
  }
}
