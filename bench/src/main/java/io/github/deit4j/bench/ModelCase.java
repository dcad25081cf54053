package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model does with a batch.
 *
 * @param model a name of {@link BenchmarkModels}
 * @param mode inference or a training step
 * @param batch images
 */
public record ModelCase(String model, Mode mode, int batch) {
  /** The DeiTs of this width and more train with smaller batches. */
  private static final int BASE_WIDTH = 768;

  /** Below so many rows and columns batches are larger. */
  private static final int SMALL_IMAGE = 64;

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

    private List<Integer> batches(ModelConfig config) {
      if (config.imageSize() < SMALL_IMAGE) {
        return List.of(64);
      }
      if (this == INFERENCE) {
        return List.of(1, 8, 32);
      }
      boolean large = config instanceof DeiTConfig deit && deit.width() >= BASE_WIDTH;
      return large ? List.of(8) : List.of(8, 32);
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
        List<Integer> usual = mode.batches(BenchmarkModels.config(model));
        for (int batch : batches.isEmpty() ? usual : batches) {
          cases.add(new ModelCase(model, mode, batch));
        }
      }
    }
    return cases;
  }

  /** Returns the model's sizes. */
  public ModelConfig config() {
    return BenchmarkModels.config(model);
  }

  /** Returns the sizes of the images. */
  public List<Integer> shape() {
    ModelConfig config = config();
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

  /** Returns the operations of the products and convolutions. */
  public double flop() {
    ModelConfig.Flop image = config().flop();
    return batch * (mode == Mode.INFERENCE ? image.forward() : image.trainStep());
  }
}
