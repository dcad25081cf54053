package io.github.deit4j.bench.peers;

import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What the ops on images and feature maps are in PyTorch, maps in its layout "channels last". */
final class TorchMaps {
  private static final long[] NO_DILATION = {1, 1};
  private static final long[] NO_OUTPUT_PADDING = {0, 0};

  private TorchMaps() {}

  /** Returns what computes the op's main result; null if it is not one of these. */
  static Supplier<Tensor> of(TorchOperands o) {
    return switch (o.op()) {
      case "normalize" -> () -> normalize(o);
      case "erase" -> () -> erase(o);
      case "mix" -> () -> mix(o);
      case "patches" -> () -> patches(o.at(1), o.integer(2), o.at(0));
      case "patchesBackward" -> () -> images(o.at(1), o.integer(2), o.at(0));
      case "embed" -> () -> TorchLayers.joined(o.list(2), o.at(1), o.at(0).size(0)).add(o.at(3));
      case "embedBackward" -> () -> embedBackward(o);
      case "channelsLast" -> () -> TorchOperands.toOurs(o.at(1)).contiguous();
      case "channelsFirst" -> () -> TorchOperands.toPyTorch(o.at(1)).contiguous();
      case "convolution" -> () -> convolution(o);
      case "convolutionInputGradient" -> () -> inputGradient(o);
      case "convolutionWeightGradient" -> () -> weightGradient(o);
      case "batchStatistics" -> () -> statistics(o.at(2));
      case "updateStatistics" -> () -> updateStatistics(o);
      case "batchNorm" -> () -> TorchOperands.toOurs(batchNorm(o, o.map(1), 3, false));
      case "batchNormBackward" -> batchNormBackward(o);
      case "averagePool" -> () -> torch.adaptive_avg_pool2d(o.map(1), 1, 1);
      case "averagePoolBackward" -> () -> o.at(1).add(perPixel(o.at(2)).div(pixels(o.at(0))));
      case "scaleChannels" -> () -> o.at(1).mul(perPixel(o.at(2)));
      case "scaleChannelsBackward" -> () -> scaleBackward(o);
      case "relu" -> () -> torch.relu(o.at(1));
      case "reluBackward" -> () -> torch.threshold_backward(o.at(1), o.at(2), new Scalar(0));
      case "sigmoid" -> () -> torch.sigmoid(o.at(1));
      case "sigmoidBackward" -> () -> torch.sigmoid_backward(o.at(1), o.at(2));
      default -> null;
    };
  }

  private static Tensor normalize(TorchOperands o) {
    Tensor x = o.at(1).to(ScalarType.Float).div_(new Scalar(255));
    long channels = x.size(1);
    return x.sub_(o.array(2, channels, 1, 1)).div_(o.array(3, channels, 1, 1));
  }

  private static Tensor erase(TorchOperands o) {
    Tensor x = o.at(0);
    for (Object each : o.other(1, List.class)) {
      Erasure erasure = (Erasure) each;
      x.select(0, erasure.image())
          .narrow(1, erasure.box().top(), erasure.box().height())
          .narrow(2, erasure.box().left(), erasure.box().width())
          .normal_();
    }
    return x;
  }

  private static Tensor mix(TorchOperands o) {
    ImageMix mix = (ImageMix) o.other(2, List.class).getFirst();
    Tensor partners = o.at(1).flip(0).mul(new Scalar(mix.other()));
    return o.at(0).mul_(new Scalar(mix.own())).add_(partners);
  }

  private static Tensor patches(Tensor images, int patch, Tensor patches) {
    long rows = images.size(2) / patch;
    long columns = images.size(3) / patch;
    return images
        .reshape(images.size(0), images.size(1), rows, patch, columns, patch)
        .permute(0, 2, 4, 1, 3, 5)
        .reshape(patches.size(0), patches.size(1));
  }

  private static Tensor images(Tensor patches, int patch, Tensor images) {
    long rows = images.size(2) / patch;
    long columns = images.size(3) / patch;
    return patches
        .reshape(images.size(0), rows, columns, images.size(1), patch, patch)
        .permute(0, 3, 1, 4, 2, 5)
        .reshape(images.size(0), images.size(1), images.size(2), images.size(3));
  }

  private static Tensor embedBackward(TorchOperands o) {
    Tensor dy = o.at(3);
    List<Tensor> prefix = o.list(1);
    for (int i = 0; i < prefix.size(); i++) {
      prefix.get(i).add_(dy.select(1, i).sum(0));
    }
    o.at(2).add_(dy.sum(0));
    return dy.narrow(1, prefix.size(), dy.size(1) - prefix.size()).contiguous();
  }

  private static long[] padding(Tensor w) {
    return new long[] {(w.size(2) - 1) / 2, (w.size(3) - 1) / 2};
  }

  private static long[] stride(TorchOperands o) {
    return new long[] {o.integer(3), o.integer(3)};
  }

  private static Tensor convolution(TorchOperands o) {
    Tensor w = o.at(2);
    return TorchOperands.toOurs(
        torch.conv2d(
            o.map(1), w, new TensorOptional(), stride(o), padding(w), NO_DILATION, o.integer(4)));
  }

  private static T_TensorTensorTensor_T gradients(
      TorchOperands o, Tensor dy, Tensor x, Tensor w, boolean input) {
    try (BoolPointer wanted = new BoolPointer(3)) {
      wanted.put(0, input).put(1, !input).put(2, false);
      return torch.convolution_backward(
          dy,
          x,
          w,
          new LongArrayRefOptional(),
          stride(o),
          padding(w),
          NO_DILATION,
          false,
          NO_OUTPUT_PADDING,
          o.integer(4),
          wanted);
    }
  }

  private static Tensor inputGradient(TorchOperands o) {
    return TorchOperands.toOurs(gradients(o, o.map(1), o.map(0), o.at(2), true).get0());
  }

  private static Tensor weightGradient(TorchOperands o) {
    return o.at(0).add_(gradients(o, o.map(1), o.map(2), o.at(0), false).get1());
  }

  private static Tensor statistics(Tensor x) {
    T_TensorTensor_T both = torch.var_mean(x, new long[] {0, 1, 2}, false, false);
    return both.get1();
  }

  private static Tensor updateStatistics(TorchOperands o) {
    double pixels = o.number(4);
    Tensor variance = o.at(3).mul(new Scalar(pixels / (pixels - 1)));
    o.at(1).lerp_(variance, o.scalar(5));
    return o.at(0).lerp_(o.at(2), o.scalar(5));
  }

  /** Of the mean's number on: mean, variance, w, b, epsilon, relu. */
  private static Tensor batchNorm(TorchOperands o, Tensor x, int mean, boolean training) {
    Tensor normalized =
        torch.batch_norm(
            x,
            o.optional(mean + 2),
            o.optional(mean + 3),
            training ? new TensorOptional() : o.optional(mean),
            training ? new TensorOptional() : o.optional(mean + 1),
            training,
            0,
            o.number(mean + 4),
            false);
    Tensor sum = o.has(mean - 1) ? normalized.add(o.map(mean - 1)) : normalized;
    return o.other(mean + 5, Boolean.class) ? torch.relu(sum) : sum;
  }

  private static Supplier<Tensor> batchNormBackward(TorchOperands o) {
    Tensor x = o.map(5).detach().set_requires_grad(true);
    Tensor y = batchNorm(o, x, 7, true);
    return () -> TorchOperands.toOurs(TorchOperands.gradient(y, o.map(4), x));
  }

  private static Tensor perPixel(Tensor channels) {
    return channels.reshape(channels.size(0), 1, 1, channels.size(1));
  }

  private static Scalar pixels(Tensor map) {
    return new Scalar((double) map.size(1) * map.size(2));
  }

  private static Tensor scaleBackward(TorchOperands o) {
    o.at(1).copy_(o.at(2).mul(o.at(3)).sum(1, 2));
    return o.at(2).mul(perPixel(o.at(4)));
  }
}
