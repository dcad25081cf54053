package io.github.deit4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Models;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionMapsTest {
  private static final ViTConfig CONFIG = Models.DISTILLED;
  private static final int TOKENS = CONFIG.tokens();

  private final List<float[]> probabilities = new ArrayList<>();
  private final AttentionMaps maps = maps();

  /** Also fills {@link #probabilities}, [heads × tokens × tokens] of each block. */
  private AttentionMaps maps() {
    byte[] pixels = new byte[3 * CONFIG.imageSize() * CONFIG.imageSize()];
    new SplittableRandom(3).nextBytes(pixels);
    Image image = new Image(3, CONFIG.imageSize(), CONFIG.imageSize(), pixels);
    // A crop ratio of 1 leaves the image as it is.
    Preprocessing imagenet = Preprocessing.imagenet(CONFIG.imageSize());
    ModelInfo info =
        new ModelInfo(
            CONFIG,
            ClassNames.unnamed(CONFIG.classes()),
            new Preprocessing(
                imagenet.size(), 3, imagenet.normalize(), 1, imagenet.interpolation()));
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, CONFIG, 4);
        TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      Tensor input = imagenet.normalized(backend, arena, pixels, 1);
      ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, arena));
      model.forward(pass.observedBy((name, tensor) -> keep(backend, arena, name, tensor)), input);
      return AttentionMaps.of(backend, model, info, image);
    }
  }

  private void keep(Backend backend, TensorArena arena, String name, Tensor tensor) {
    if (name.endsWith("qkv")) {
      Tensor p = arena.allocate(1, CONFIG.heads(), TOKENS, TOKENS);
      backend.attention().attentionProbabilities(p, tensor, CONFIG.heads());
      probabilities.add(Tensors.floats(backend, p));
    }
  }

  @Test
  void headsMapsAreTheAttentionOfTheirTokenToThePatches() {
    for (int block = 0; block < CONFIG.depth(); block++) {
      for (int head = 0; head < CONFIG.heads(); head++) {
        for (int token = 0; token < 2; token++) {
          float[] expected = new float[CONFIG.patches()];
          int from = (head * TOKENS + token) * TOKENS + 2;
          System.arraycopy(probabilities.get(block), from, expected, 0, expected.length);
          assertThat(maps.head(block, head, token)).isEqualTo(expected);
        }
      }
    }
  }

  /** Against the product of whole matrices, as the paper writes it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void rolloutIsTheProductOfAllBlocks(int token) {
    double[][] product = identity();
    for (float[] block : probabilities) {
      product = multiply(withResidual(block), product);
    }
    float[] rollout = maps.rollout(token);
    double total = 0;
    for (int i = 0; i < rollout.length; i++) {
      assertThat((double) rollout[i]).isCloseTo(product[token][2 + i], within(1e-6));
      total += rollout[i];
    }
    assertThat(total).isBetween(0.0, 1.0);
  }

  private static double[][] identity() {
    double[][] matrix = new double[TOKENS][TOKENS];
    for (int i = 0; i < TOKENS; i++) {
      matrix[i][i] = 1;
    }
    return matrix;
  }

  private static double[][] withResidual(float[] block) {
    double[][] matrix = identity();
    for (int i = 0; i < TOKENS; i++) {
      for (int j = 0; j < TOKENS; j++) {
        double sum = 0;
        for (int head = 0; head < CONFIG.heads(); head++) {
          sum += block[(head * TOKENS + i) * TOKENS + j];
        }
        matrix[i][j] = (matrix[i][j] + sum / CONFIG.heads()) / 2;
      }
    }
    return matrix;
  }

  private static double[][] multiply(double[][] a, double[][] b) {
    double[][] product = new double[TOKENS][TOKENS];
    for (int i = 0; i < TOKENS; i++) {
      for (int j = 0; j < TOKENS; j++) {
        for (int k = 0; k < TOKENS; k++) {
          product[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return product;
  }
}
