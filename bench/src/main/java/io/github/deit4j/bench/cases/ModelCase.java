package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model does with a batch.
 *
 * @param section {@link Section#INFERENCE} or {@link Section#TRAIN_STEP}
 */
public record ModelCase(String model, Section section, int batch) {
  /** The ViTs of this width and more train with smaller batches. */
  private static final int BASE_WIDTH = 768;

  /** Below so many rows and columns batches are larger. */
  private static final int SMALL_IMAGE = 64;

  /** Returns the cases of the table. */
  public static List<ModelCase> all(
      List<String> models, List<Section> sections, List<Integer> batches) {
    List<ModelCase> cases = new ArrayList<>();
    for (Section section : sections) {
      for (String model : models) {
        for (int batch : batches.isEmpty() ? usual(section, model) : batches) {
          cases.add(new ModelCase(model, section, batch));
        }
      }
    }
    return cases;
  }

  private static List<Integer> usual(Section section, String model) {
    ModelConfig config = BenchmarkModels.config(model);
    if (config.imageSize() < SMALL_IMAGE) {
      return List.of(64);
    }
    if (section == Section.INFERENCE) {
      return List.of(1, 8, 32);
    }
    boolean large = config instanceof ViTConfig vit && vit.width() >= BASE_WIDTH;
    return large ? List.of(8) : List.of(8, 32);
  }

  public ModelConfig config() {
    return BenchmarkModels.config(model);
  }

  public Cell cell(Contestant contestant, int threads) {
    return contestant.cell(section, model, null, batch, shape(), threads);
  }

  public List<Integer> shape() {
    ModelConfig config = config();
    return List.of(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  public Workload open(Backend backend) {
    return section == Section.INFERENCE
        ? new ModelWorkload.Inference(backend, config(), batch)
        : new ModelWorkload.TrainStep(backend, config(), batch);
  }

  /** Returns the operations of the products and convolutions. */
  public double flop() {
    ModelConfig.Flop image = config().flop();
    return batch * (section == Section.INFERENCE ? image.forward() : image.trainStep());
  }
}
