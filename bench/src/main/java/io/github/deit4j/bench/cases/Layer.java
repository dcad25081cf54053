package io.github.deit4j.bench.cases;

import io.github.deit4j.vit.ViTConfig;
import java.util.Arrays;
import java.util.Locale;

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

  /** Returns the number of inputs. */
  public int in(ViTConfig config) {
    return this == FC2 ? config.mlpWidth() : config.width();
  }

  /** Returns the number of outputs. */
  public int out(ViTConfig config) {
    return switch (this) {
      case QKV -> 3 * config.width();
      case FC1 -> config.mlpWidth();
      case PROJ, FC2 -> config.width();
    };
  }
}
