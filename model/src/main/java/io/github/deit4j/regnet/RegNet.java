package io.github.deit4j.regnet;

import io.github.deit4j.autograd.FeatureMapOps;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.BatchNorm;
import io.github.deit4j.nn.Convolution;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Linear;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.Parameters;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * RegNetY (Radosavovic et al. 2020): a 3×3 convolution, stages of residual bottleneck blocks with
 * squeeze-and-excitation, the mean over pixels, a linear head. DeiT's best teachers are of this
 * family (Touvron et al. 2021, table 2). Parameters have timm's names.
 */
public final class RegNet implements Model {
  private final RegNetConfig config;
  private final TensorArena arena;
  private final List<Parameter> parameters;
  private final List<Parameter> buffers;
  private final Convolution stem;
  private final BatchNorm stemNorm;
  private final List<BottleneckBlock> blocks = new ArrayList<>();
  private final Linear head;

  /**
   * Creates a model with all parameters zero; {@link #initialize} or a file gives values.
   *
   * @param trainable whether there is room for gradients
   * @param dropPath rate of stochastic depth of the last block; grows linearly from 0 in the first
   */
  public RegNet(Backend backend, RegNetConfig config, boolean trainable, double dropPath) {
    this(backend, config, name -> trainable, dropPath);
  }

  /**
   * Creates a model of which a part is trained.
   *
   * @param trains which parameters have room for gradients
   * @param dropPath rate of stochastic depth of the last block; grows linearly from 0 in the first
   */
  public RegNet(Backend backend, RegNetConfig config, Predicate<String> trains, double dropPath) {
    this.config = config;
    this.arena = backend.arena("model");
    Parameters make = new Parameters(backend, arena, trains);
    stem =
        make.convolution(
            "stem.conv", config.channels(), config.stemWidth(), 3, config.stemStride(), 1);
    stemNorm = make.batchNorm("stem.bn", config.stemWidth());
    int depth = config.stages().stream().mapToInt(Stage::depth).sum();
    int in = config.stemWidth();
    for (int s = 0; s < config.stages().size(); s++) {
      Stage stage = config.stages().get(s);
      for (int b = 0; b < stage.depth(); b++) {
        int index = blocks.size();
        double rate = depth == 1 ? 0 : dropPath * index / (depth - 1);
        String name = "s%d.b%d".formatted(s + 1, b + 1);
        blocks.add(BottleneckBlock.make(make, name, index, in, stage, b == 0, rate));
        in = stage.width();
      }
    }
    head = make.linear("head.fc", in, config.classes());
    parameters = make.all();
    buffers = make.buffers();
  }

  @Override
  public RegNetConfig config() {
    return config;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public List<Parameter> buffers() {
    return buffers;
  }

  @Override
  public void initialize(Backend backend, long seed) {
    Parameters.draw(
        backend,
        parameters,
        Purpose.CONVNET_INITIALIZATION,
        seed,
        (parameter, random) -> RegNetInit.elements(config, parameter, random));
    for (Parameter buffer : buffers) {
      backend.fill(buffer.value(), buffer.name().endsWith("running_var") ? 1f : 0f);
    }
  }

  @Override
  public OnnxGraph toOnnx(Backend backend) {
    return new RegNetGraph(this, backend).graph();
  }

  @Override
  public List<Tensor> features(ForwardPass pass, Tensor images) {
    Model.checkImages(config, images);
    FeatureMapOps ops = pass.ops().featureMaps();
    Tensor x = stemNorm.forwardRelu(pass, stem.forward(ops, ops.channelsLast(images)));
    pass.observe("stem", x);
    for (BottleneckBlock block : blocks) {
      x = block.forward(pass, x);
    }
    Tensor pooled = ops.averagePool(x);
    pass.observe("pooled", pooled);
    return List.of(pooled);
  }

  @Override
  public Logits logits(ForwardPass pass, List<Tensor> pooled) {
    return new Logits(head.forward(pass.ops(), pooled.getFirst()), null);
  }

  @Override
  public void prepare(Backend backend) {
    backend.linear().prepare(head.weight().value());
    for (Parameter parameter : parameters) {
      if (parameter.name().endsWith(".conv.weight")) {
        backend.convolution().prepareConvolution(parameter.value());
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
