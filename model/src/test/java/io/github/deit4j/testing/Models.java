package io.github.deit4j.testing;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNet;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiT3Family;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import java.util.SplittableRandom;

/** Small models with random weights, and what they compute. */
public final class Models {
  /** A plain model of RGB images with heads of 8 channels. */
  public static final ViTConfig PLAIN =
      new ViTConfig(DeiTFamily.INSTANCE, 24, 8, 3, 7, 24, 2, 3, 40, false);

  /** A distilled model of RGB images with heads of 16 channels. */
  public static final ViTConfig DISTILLED =
      new ViTConfig(DeiTFamily.INSTANCE, 12, 4, 3, 5, 32, 3, 2, 48, true);

  /** A DeiT III of RGB images with heads of 8 channels. */
  public static final ViTConfig DEIT3 =
      new ViTConfig(DeiT3Family.INSTANCE, 24, 8, 3, 7, 24, 2, 3, 40, false);

  /** A RegNetY of RGB images in two stages, the first with several blocks and groups. */
  public static final RegNetConfig REGNET =
      new RegNetConfig(
          20,
          3,
          6,
          8,
          2,
          RegNetConfig.stages(new int[] {2, 1}, new int[] {8, 12}, new int[] {4, 4}));

  private Models() {}

  /** Returns a vision transformer in which no parameter is constant. */
  public static VisionTransformer random(Backend backend, ViTConfig config, long seed) {
    VisionTransformer model = config.create(backend, false, 0);
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : model.parameters()) {
      float[] values = Tensors.gaussian(random, parameter.value().elements(), 0.2);
      if (parameter.name().contains("norm") && parameter.name().endsWith("weight")) {
        for (int i = 0; i < values.length; i++) {
          values[i] += 1;
        }
      }
      Tensors.write(backend, parameter.value(), values);
    }
    return model;
  }

  /** Returns a RegNetY in which no parameter or running statistic is constant. */
  public static RegNet regNet(Backend backend, RegNetConfig config, long seed) {
    RegNet model = new RegNet(backend, config, false, 0);
    SplittableRandom random = new SplittableRandom(seed);
    model
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = Tensors.gaussian(random, tensor.elements(), 0.2);
              boolean aroundOne = name.endsWith("bn.weight") || name.endsWith("running_var");
              for (int i = 0; aroundOne && i < values.length; i++) {
                values[i] = 1 + Math.abs(values[i]);
              }
              Tensors.write(backend, tensor, values);
            });
    return model;
  }

  /** Returns a model's file information: classes without names, preprocessing as for ImageNet. */
  public static ModelInfo info(ModelConfig config) {
    return new ModelInfo(
        config, ClassNames.unnamed(config.classes()), Preprocessing.imagenet(config.imageSize()));
  }

  /** Returns random normalised images. */
  public static float[] images(ModelConfig config, int batch, long seed) {
    long rows = (long) batch * config.channels() * config.imageSize();
    return Tensors.gaussian(new SplittableRandom(seed), rows * config.imageSize(), 1);
  }

  /** Returns all heads' logits for images [batch, channels, size, size]. */
  public static LogitRows logits(Backend backend, Model model, float[] images) {
    int channels = model.config().channels();
    int size = model.config().imageSize();
    int batch = images.length / (channels * size * size);
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      var input = Tensors.of(backend, arena, images, batch, channels, size, size);
      var pass = ForwardPass.evaluation(Ops.inference(backend, arena));
      return LogitRows.of(backend, model.forward(pass, input));
    }
  }
}
