package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.cases.ReferenceLibrary.Reference;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.vit.ViTConfig;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * An op on operands of a model's sizes.
 *
 * @param part where in the model it stands
 * @param op its name
 * @param cost of a call
 * @param result takes what it is called for
 * @param call calls it
 * @param reference what it is in other libraries, if most of a step's time consists of this and a
 *     few others; else null
 */
public record OpCase(
    String part, String op, Cost cost, Tensor result, Consumer<Backend> call, Reference reference) {
  /** At the end of a part whose weights are laid out beforehand, as a loaded model's are. */
  public static final String PREPARED = "-prepared";

  /** Returns what tells it from the other cases of a model, such as {@code fc1/linear}. */
  public String name() {
    return part + "/" + op;
  }

  /** Returns whether it is one of those of which most of a step's time consists. */
  public boolean main() {
    return reference != null;
  }

  /** Returns whether the weight is laid out beforehand. */
  public boolean prepared() {
    return part.endsWith(PREPARED);
  }

  /** The linear layers of a block. */
  public enum Layer {
    /** Queries, keys and values of the attention. */
    QKV,
    /** The attention's projection. */
    PROJ,
    /** The first layer of the feed-forward part. */
    FC1,
    /** The second layer of the feed-forward part. */
    FC2;

    /** Returns its name in the results, which is that of timm's module. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the layer of a part of the model, prepared or not; null where it is another part. */
    public static Layer of(String part) {
      return Arrays.stream(values())
          .filter(each -> part.equals(each.id()) || part.equals(each.id() + OpCase.PREPARED))
          .findFirst()
          .orElse(null);
    }

    public int in(ViTConfig config) {
      return this == FC2 ? config.mlpWidth() : config.width();
    }

    public int out(ViTConfig config) {
      return switch (this) {
        case QKV -> 3 * config.width();
        case FC1 -> config.mlpWidth();
        case PROJ, FC2 -> config.width();
      };
    }
  }
}
