package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How far a run is: what a checkpoint keeps beside the tensors. */
final class TrainingProgress {
  private int step;
  private double epochLoss;
  private int epochSteps;
  private double bestTop1 = -1;
  private List<BadImage> badImages = List.of();

  /** Returns the number of optimizer steps done. */
  int step() {
    return step;
  }

  void stepDone(double loss, List<BadImage> bad) {
    step++;
    epochLoss += loss;
    epochSteps++;
    badImages = bad;
  }

  /** Returns whether an epoch's steps are done, but not what follows on them. */
  boolean epochEndIsDue(int stepsPerEpoch) {
    return epochSteps == stepsPerEpoch;
  }

  /** Returns the mean loss of the epoch and begins the next one. */
  double endEpoch() {
    double mean = epochLoss / epochSteps;
    epochLoss = 0;
    epochSteps = 0;
    return mean;
  }

  /** Returns whether a score is better than all before, and remembers it then. */
  boolean improves(double top1) {
    boolean better = top1 > bestTop1;
    bestTop1 = Math.max(bestTop1, top1);
    return better;
  }

  List<BadImage> badImages() {
    return badImages;
  }

  Map<String, Object> toJson() {
    return JsonWriter.object(
        "epochLoss", epochLoss,
        "epochSteps", epochSteps,
        "bestTop1", bestTop1,
        "badImages", toJson(badImages));
  }

  static List<Object> toJson(List<BadImage> badImages) {
    List<Object> images = new ArrayList<>();
    for (BadImage image : badImages) {
      images.add(Map.of("index", image.index(), "name", image.name(), "reason", image.reason()));
    }
    return images;
  }

  /** Returns what {@link #toJson()} told after a step. */
  static TrainingProgress of(long step, JsonValue state) throws JsonException {
    TrainingProgress progress = new TrainingProgress();
    progress.step = Math.toIntExact(step);
    progress.epochLoss = state.get("epochLoss").asDouble();
    progress.epochSteps = state.get("epochSteps").asInt();
    progress.bestTop1 = state.get("bestTop1").asDouble();
    progress.badImages = badImages(state.get("badImages"));
    return progress;
  }

  static List<BadImage> badImages(JsonValue json) throws JsonException {
    List<BadImage> images = new ArrayList<>();
    for (JsonValue image : json.items()) {
      images.add(
          new BadImage(
              image.get("index").asInt(),
              image.get("name").asString(),
              image.get("reason").asString()));
    }
    return List.copyOf(images);
  }
}
