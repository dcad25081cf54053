package io.github.deit4j.cli;

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
final class MistakePictures {
  private final Backend backend;
  private final Model model;
  private final ModelInfo info;
  private final Dataset dataset;
  private final List<String> labels;

  MistakePictures(
      Backend backend, Model model, ModelInfo info, Dataset dataset, List<String> labels) {
    this.backend = backend;
    this.model = model;
    this.info = info;
    this.dataset = dataset;
    this.labels = labels;
  }

  /** Returns them in their order; the map is of the token by which the head decides. */
  List<Mistake> of(List<PredictedClass> images, Head head) throws IOException {
    List<Mistake> mistakes = new ArrayList<>();
    for (PredictedClass each : images) {
      Image image = dataset.image(each.image());
      mistakes.add(
          new Mistake(
              dataset.name(each.image()),
              labels.get(each.label()),
              labels.get(each.predicted()),
              each.confidence(),
              HeatMap.png(info.preprocessing().prepare(image)),
              attention(image, head)));
    }
    return mistakes;
  }

  private byte[] attention(Image image, Head head) throws IOException {
    if (info.config().tokenLayout().isEmpty()) {
      return null;
    }
    AttentionMaps maps = AttentionMaps.of(backend, model, info, image);
    return HeatMap.png(maps.image(), maps.rollout(head == Head.DISTILLATION ? 1 : 0), maps.side());
  }
}
