package io.github.deit4j.bench.cases;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.vit.DeiTConfig;

/**
 * The operations of a model's products and convolutions, for one image; a fused multiply-add counts
 * two.
 *
 * @param forward of the forward pass
 * @param firstLayer what of it is the layer that sees the images
 */
record ModelFlop(double forward, double firstLayer) {
  static ModelFlop of(ModelConfig config) {
    return switch (config) {
      case DeiTConfig deit -> of(deit);
      case RegNetConfig regNet -> of(regNet);
      default -> throw new IllegalArgumentException("no operations known of " + config.family());
    };
  }

  /**
   * Returns those of a training step: twice as many backward as forward, except that nobody wants a
   * gradient of the images. What is computed again in the backward pass counts once.
   */
  double trainStep() {
    return 3 * forward - firstLayer;
  }

  private static ModelFlop of(DeiTConfig config) {
    double width = config.width();
    double tokens = config.tokens();
    double patch = config.channels() * Math.pow(config.patchSize(), 2);
    double embedding = 2 * config.patches() * patch * width;
    double linear = 2 * tokens * (4 * width * width + 2 * width * config.mlpWidth());
    double products = 2 * 2 * tokens * tokens * width;
    double heads = 2.0 * config.prefixTokens() * width * config.classes();
    return new ModelFlop(embedding + config.depth() * (linear + products) + heads, embedding);
  }

  private static ModelFlop of(RegNetConfig config) {
    int size = halved(config.imageSize(), config.stemStride());
    double stem = 2.0 * size * size * 9 * config.channels() * config.stemWidth();
    double sum = stem;
    int in = config.stemWidth();
    for (Stage stage : config.stages()) {
      for (int block = 0; block < stage.depth(); block++) {
        int out = block == 0 ? halved(size, 2) : size;
        sum += block(in, stage, block == 0, size, out);
        in = stage.width();
        size = out;
      }
    }
    return new ModelFlop(sum + 2.0 * in * config.classes(), stem);
  }

  private static int halved(int size, int stride) {
    return (size - 1) / stride + 1;
  }

  /** The 1×1 convolutions, the grouped 3×3 one, squeeze-and-excitation, the first's shortcut. */
  private static double block(int in, Stage stage, boolean first, int sizeIn, int sizeOut) {
    double width = stage.width();
    double pixels = (double) sizeOut * sizeOut;
    double convolutions =
        in * width * sizeIn * sizeIn
            + pixels * width * (9 * stage.groupWidth() + width + (first ? in : 0));
    return 2 * (convolutions + 2 * width * RegNetConfig.squeezedChannels(in));
  }
}
