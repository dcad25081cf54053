package io.github.deit4j.report;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.AttentionMaps;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.Model;
import io.github.deit4j.report.EvaluationReport.Mistake;
import io.github.deit4j.train.PredictedClasses.PredictedClass;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Draws the images that a model was wrong about, and where it looked. */
public final class MistakePictures {
  /** As many as a reader looks at. */
  public static final int MOST = 24;

  private final Backend backend;
  private final Model model;
  private final ModelInfo info;
  private final Dataset dataset;
  private final List<String> labels;

  /**
   * Will draw images of a data set.
   *
   * @param model that was wrong; stays the caller's to close
   * @param labels names of the classes
   */
  public MistakePictures(
      Backend backend, Model model, ModelInfo info, Dataset dataset, List<String> labels) {
    this.backend = backend;
    this.model = model;
    this.info = info;
    this.dataset = dataset;
    this.labels = labels;
  }

  /**
   * Returns them in their order, without those that can no longer be read; the map is of the token
   * by which the head decides.
   */
  public List<Mistake> of(List<PredictedClass> images, Head head) throws IOException {
    List<Mistake> mistakes = new ArrayList<>();
    for (PredictedClass each : images) {
      try {
        mistakes.add(mistake(each, dataset.image(each.image()), head));
      } catch (CorruptImageException e) {
        // It was there a moment ago, and what it was taken for is counted.
      }
    }
    return mistakes;
  }

  private Mistake mistake(PredictedClass each, Image image, Head head) throws IOException {
    return new Mistake(
        dataset.name(each.image()),
        labels.get(each.label()),
        labels.get(each.predicted()),
        each.confidence(),
        HeatMap.png(info.preprocessing().prepare(image)),
        attention(image, head));
  }

  private byte[] attention(Image image, Head head) throws IOException {
    if (info.config().tokenLayout().isEmpty()) {
      return null;
    }
    AttentionMaps maps = AttentionMaps.of(backend, model, info, image);
    return HeatMap.png(maps.image(), maps.rollout(head == Head.DISTILLATION ? 1 : 0), maps.side());
  }
}
