package io.github.deit4j.inference;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a model looks: how much its class and distillation tokens attend to each patch of an image.
 * Maps are row-major, {@link #side()} rows and columns, each value 0 to 1.
 */
public final class AttentionMaps {
  private static final String QKV = ".attn.qkv";

  private final TokenLayout layout;
  private final Image image;
  private final List<Layer> layers;

  /**
   * The attention in a block.
   *
   * @param prefixRows probabilities of the prefix tokens' queries, [heads][prefix][tokens]
   * @param mean mean over the heads, [tokens][tokens]
   */
  private record Layer(float[][][] prefixRows, double[][] mean) {}

  private AttentionMaps(TokenLayout layout, Image image, List<Layer> layers) {
    this.layout = layout;
    this.image = image;
    this.layers = layers;
  }

  /**
   * Runs a model on an image of any size.
   *
   * @param info describes the model
   * @throws java.util.NoSuchElementException if it has no {@link
   *     io.github.deit4j.nn.ModelConfig#tokenLayout}
   */
  public static AttentionMaps of(Backend backend, Model model, ModelInfo info, Image image) {
    return ofPrepared(backend, model, info, info.preprocessing().prepare(image));
  }

  /**
   * As {@link #of}, for an image as {@link io.github.deit4j.modelfile.Preprocessing#prepare} has
   * it.
   */
  static AttentionMaps ofPrepared(Backend backend, Model model, ModelInfo info, Image ready) {
    TokenLayout layout = model.config().tokenLayout().orElseThrow();
    List<Layer> layers = new ArrayList<>();
    try (TensorArena arena = backend.arena("attention maps")) {
      Tensor input = info.preprocessing().normalized(backend, arena, ready.pixels(), 1);
      ForwardPass pass =
          ForwardPass.evaluation(Ops.inference(backend, arena))
              .observedBy(
                  (name, tensor) -> {
                    if (name.endsWith(QKV)) {
                      layers.add(layer(backend, arena, layout, tensor));
                    }
                  });
      model.forward(pass, input);
    }
    return new AttentionMaps(layout, ready, layers);
  }

  private static Layer layer(Backend backend, TensorArena arena, TokenLayout layout, Tensor qkv) {
    int heads = layout.heads();
    int tokens = layout.tokens();
    Tensor probabilities = arena.allocate(1, heads, tokens, tokens);
    backend.attention().attentionProbabilities(probabilities, qkv, heads);
    float[] values = backend.toArray(probabilities);
    float[][][] prefixRows = new float[heads][layout.prefix().size()][tokens];
    double[][] mean = new double[tokens][tokens];
    for (int head = 0; head < heads; head++) {
      for (int query = 0; query < tokens; query++) {
        int row = (head * tokens + query) * tokens;
        if (query < layout.prefix().size()) {
          System.arraycopy(values, row, prefixRows[head][query], 0, tokens);
        }
        for (int key = 0; key < tokens; key++) {
          mean[query][key] += values[row + key] / (double) heads;
        }
      }
    }
    return new Layer(prefixRows, mean);
  }

  /** Returns the image as the model saw it, before normalisation. */
  public Image image() {
    return image;
  }

  /** Returns how many tokens have maps: one, and a second where there is a distillation token. */
  public int tokens() {
    return layout.prefix().size();
  }

  /** Returns the rows and columns of a map: the patches in a row of the image. */
  public int side() {
    return layout.patchesPerSide();
  }

  /**
   * Returns the attention of one head.
   *
   * @param block from 0
   * @param head from 0
   * @param token 0 for the class token, 1 for the distillation token
   */
  public float[] head(int block, int head, int token) {
    float[] row = layers.get(block).prefixRows()[head][token];
    return Arrays.copyOfRange(row, layout.prefix().size(), row.length);
  }

  /**
   * Returns how attention flows from the patches through all blocks to a token: attention rollout
   * (Abnar and Zuidema 2020, section 3). In each block, half comes through the residual connection
   * and half through the mean of the heads.
   *
   * @param token 0 for the class token, 1 for the distillation token
   */
  public float[] rollout(int token) {
    double[] flow = new double[layout.tokens()];
    flow[token] = 1;
    for (Layer layer : layers.reversed()) {
      double[] before = new double[flow.length];
      for (int query = 0; query < flow.length; query++) {
        double[] row = layer.mean()[query];
        before[query] += flow[query] / 2;
        for (int key = 0; key < row.length; key++) {
          before[key] += flow[query] * row[key] / 2;
        }
      }
      flow = before;
    }
    float[] map = new float[layout.patches()];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) flow[layout.prefix().size() + i];
    }
    return map;
  }
}
