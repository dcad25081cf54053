package io.github.deit4j.bench;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model does with a batch.
 *
 * @param model registered name
 * @param mode inference or a training step
 * @param batch images
 */
public record ModelCase(String model, Mode mode, int batch) {
  /** The models of this width and more train with smaller batches. */
  private static final int BASE_WIDTH = 768;

  /** What is done. */
  public enum Mode {
    /** See {@link Inference}. */
    INFERENCE,
    /** See {@link TrainStep}. */
    TRAIN_STEP;

    /** Returns its name in the results. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    private List<Integer> batches(DeiTConfig config) {
      if (this == INFERENCE) {
        return List.of(1, 8, 32);
      }
      return config.width() < BASE_WIDTH ? List.of(8, 32) : List.of(8);
    }
  }

  /**
   * Returns the cases of the table.
   *
   * @param batches empty for those that the table has
   */
  public static List<ModelCase> all(List<String> models, List<Mode> modes, List<Integer> batches) {
    List<ModelCase> cases = new ArrayList<>();
    for (Mode mode : modes) {
      for (String model : models) {
        List<Integer> usual = mode.batches(DeiTConfig.named(model));
        for (int batch : batches.isEmpty() ? usual : batches) {
          cases.add(new ModelCase(model, mode, batch));
        }
      }
    }
    return cases;
  }

  /** Returns the model's sizes. */
  public DeiTConfig config() {
    return DeiTConfig.named(model);
  }

  /** Returns the sizes of the images. */
  public List<Integer> shape() {
    DeiTConfig config = config();
    return List.of(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  /**
   * Makes the model and its batch.
   *
   * @param backend stays the caller's to close
   */
  public Workload open(Backend backend) {
    return switch (mode) {
      case INFERENCE -> new Inference(backend, config(), batch);
      case TRAIN_STEP -> new TrainStep(backend, config(), batch);
    };
  }

  /**
   * Returns the operations of the matrix products: forward, and in training twice as many backward,
   * except that nobody wants a gradient of the images. What is computed again in the backward pass
   * counts once.
   */
  public double flop() {
    DeiTConfig config = config();
    double width = config.width();
    double tokens = config.tokens();
    double patch = config.channels() * Math.pow(config.patchSize(), 2);
    double embedding = 2 * config.patches() * patch * width;
    double linear = 2 * tokens * (4 * width * width + 2 * width * config.mlpWidth());
    double product = 2 * tokens * tokens * width;
    double heads = 2.0 * config.prefixTokens() * width * config.classes();
    double image =
        mode == Mode.INFERENCE
            ? embedding + config.depth() * (linear + 2 * product) + heads
            : 2 * embedding + config.depth() * 3 * (linear + 2 * product) + 3 * heads;
    return batch * image;
  }
}
