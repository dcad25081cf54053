package io.github.deit4j.vit;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Block;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.LayerNorm;
import io.github.deit4j.nn.Linear;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.Parameters;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A vision transformer (Dosovitskiy et al. 2021, figure 1): patches and the tokens in front of them
 * go through blocks; each token in front has a head. Parameters have timm's names.
 */
public final class VisionTransformer implements Model {
  private final ViTConfig config;
  private final TensorArena arena;
  private final List<Parameter> parameters;
  private final List<Parameter> prefix = new ArrayList<>();
  private final Parameter positions;

  /** A convolution whose stride is its size, hence a linear layer on patches. */
  private final Linear patchProjection;

  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;
  private final Linear distillationHead;

  /**
   * Creates a model with all parameters zero; {@link #initialize} or a file gives values.
   *
   * @param trainable whether there is room for gradients
   * @param dropPath rate of stochastic depth of the last block
   */
  public VisionTransformer(Backend backend, ViTConfig config, boolean trainable, double dropPath) {
    this(backend, config, name -> trainable, dropPath);
  }

  /**
   * Creates a model of which a part is trained.
   *
   * @param trains which parameters have room for gradients; frozen blocks drop nothing
   * @param dropPath rate of stochastic depth of the last block
   */
  public VisionTransformer(
      Backend backend, ViTConfig config, Predicate<String> trains, double dropPath) {
    this.config = config;
    this.arena = backend.arena("model");
    Parameters make = new Parameters(backend, arena, trains);
    int d = config.width();
    config.prefix().forEach(token -> prefix.add(make.add(token, 1, 1, d)));
    positions = make.add(TokenLayout.POSITIONS, 1, config.layout().positions(), d);
    int patch = config.patchSize();
    patchProjection =
        new Linear(
            make.add("patch_embed.proj.weight", d, config.channels(), patch, patch),
            make.add("patch_embed.proj.bias", d));
    for (int i = 0; i < config.depth(); i++) {
      blocks.add(block(make, i, dropPath));
    }
    norm = make.layerNorm("norm", d);
    head = make.linear("head", d, config.classes());
    distillationHead = config.distilled() ? make.linear("head_dist", d, config.classes()) : null;
    parameters = make.all();
  }

  private Block block(Parameters make, int index, double dropPath) {
    String name = "blocks." + index;
    int d = config.width();
    boolean frozen = !make.trains(name + ".norm1.weight");
    double rate = frozen ? 0 : config.family().dropRate(index, config.depth(), dropPath);
    return new Block(
        name,
        index,
        make.layerNorm(name + ".norm1", d),
        new Block.Attention(
            make.linear(name + ".attn.qkv", d, 3 * d),
            make.linear(name + ".attn.proj", d, d),
            config.heads()),
        scale(make, name + ".ls1.gamma"),
        make.layerNorm(name + ".norm2", d),
        new Block.Mlp(
            make.linear(name + ".mlp.fc1", d, config.mlpWidth()),
            make.linear(name + ".mlp.fc2", config.mlpWidth(), d)),
        scale(make, name + ".ls2.gamma"),
        rate);
  }

  private Parameter scale(Parameters make, String name) {
    return config.family().hasLayerScale() ? make.add(name, config.width()) : null;
  }

  @Override
  public ViTConfig config() {
    return config;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public void initialize(Backend backend, long seed) {
    Parameters.draw(
        backend,
        parameters,
        Purpose.INITIALIZATION,
        seed,
        (parameter, random) -> ViTInit.elements(config, parameter.name(), random));
  }

  @Override
  public OnnxGraph toOnnx(Backend backend) {
    return new ViTGraph(config, backend, tensors()).graph();
  }

  @Override
  public List<Tensor> features(ForwardPass pass, Tensor images) {
    Model.checkImages(config, images);
    Ops ops = pass.ops();
    Tensor patches = patchProjection.forward(ops, ops.tokens().patches(images, config.patchSize()));
    pass.observe("patch_embed", patches);
    Tensor x = pass.dropEmbedding(ops.tokens().embed(patches, prefix, positions));
    pass.observe("embeddings", x);
    for (Block block : blocks) {
      x = pass.run(block::forward, x);
    }
    x = norm.forward(ops, x);
    pass.observe("norm", x);
    return ops.tokens().firstTokens(x, config.prefixTokens());
  }

  @Override
  public Logits logits(ForwardPass pass, List<Tensor> tokens) {
    Ops ops = pass.ops();
    return new Logits(
        head.forward(ops, tokens.get(0)),
        config.distilled() ? distillationHead.forward(ops, tokens.get(1)) : null);
  }

  /** Large weights are kept in a second layout, which takes as much memory again. */
  @Override
  public void prepare(Backend backend) {
    for (Parameter parameter : parameters) {
      if (parameter.value().shape().rank() == 2) {
        backend.linear().prepare(parameter.value());
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
