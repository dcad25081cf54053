package io.github.deit4j.bench;

import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A matrix product of a linear layer in training.
 *
 * @param model registered name
 * @param layer whose sizes it has
 * @param pass which of the layer's three products
 * @param batch images
 */
record GemmCase(String model, Layer layer, Pass pass, int batch) {
  /** The three products of a linear layer. */
  enum Pass {
    /** {@code y = x·wᵀ}. */
    FORWARD,
    /** {@code dx = dy·w}. */
    INPUT_GRADIENT,
    /** {@code dw += dyᵀ·x}. */
    WEIGHT_GRADIENT;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static List<GemmCase> all(List<String> models, List<Integer> batches) {
    List<GemmCase> cases = new ArrayList<>();
    for (String model : models) {
      for (int batch : batches) {
        for (Layer layer : Layer.values()) {
          for (Pass pass : Pass.values()) {
            cases.add(new GemmCase(model, layer, pass, batch));
          }
        }
      }
    }
    return cases;
  }

  private DeiTConfig config() {
    return DeiTConfig.named(model);
  }

  /** Returns the rows of x and y. */
  int rows() {
    return batch * config().tokens();
  }

  int in() {
    return layer.in(config());
  }

  int out() {
    return layer.out(config());
  }

  /** Returns m, n and k of {@code c[m, n] = a[m, k]·b[k, n]}. */
  List<Integer> shape() {
    return switch (pass) {
      case FORWARD -> List.of(rows(), out(), in());
      case INPUT_GRADIENT -> List.of(rows(), in(), out());
      case WEIGHT_GRADIENT -> List.of(out(), in(), rows());
    };
  }

  double flop() {
    return 2.0 * rows() * in() * out();
  }
}
