package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.train.Evaluator.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How far a run is: what a checkpoint keeps beside the tensors. */
final class TrainingProgress {
  private int step;
  private boolean extended;
  private double epochLoss;
  private int epochSteps;
  private double bestTop1 = -1;
  private double bestLoss;
  private int bestStep;
  private int evaluationsSinceBest;
  private List<BadImage> badImages = List.of();

  /** Returns the number of optimizer steps done. */
  int step() {
    return step;
  }

  /** Marks the run as one that was extended. */
  TrainingProgress extended(boolean was) {
    extended = was;
    return this;
  }

  /** Returns whether the run was extended, so that there is no warm-up any more. */
  boolean isExtended() {
    return extended;
  }

  /** Counts a step, whose loss may follow later. */
  void stepDone(List<BadImage> bad) {
    step++;
    epochSteps++;
    badImages = bad;
  }

  /** Adds the loss of a step that was counted, one after the other. */
  void lossIs(double loss) {
    epochLoss += loss;
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

  /**
   * Returns whether a score is better than all before, and remembers it then: its top-1 is, or is
   * the same with a smaller loss, as often with few images.
   */
  boolean improves(Score score) {
    boolean better = score.top1() > bestTop1 || score.top1() == bestTop1 && score.loss() < bestLoss;
    evaluationsSinceBest = better ? 0 : evaluationsSinceBest + 1;
    if (better) {
      bestStep = step;
      bestTop1 = score.top1();
      bestLoss = score.loss();
    }
    return better;
  }

  /** Returns the best score so far, −1 before there is one. */
  double bestTop1() {
    return bestTop1;
  }

  /** Returns the number of steps after which the best score was had, 0 before there is one. */
  int bestStep() {
    return bestStep;
  }

  /** Returns how many scores in a row were no better. */
  int evaluationsSinceBest() {
    return evaluationsSinceBest;
  }

  List<BadImage> badImages() {
    return badImages;
  }

  Map<String, Object> toJson() {
    return JsonWriter.object(
        "epochLoss", epochLoss,
        "epochSteps", epochSteps,
        "bestTop1", bestTop1,
        "bestLoss", bestLoss,
        "bestStep", bestStep,
        "evaluationsSinceBest", evaluationsSinceBest,
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
    if (state.has("bestStep")) { // checkpoints of earlier versions do not tell
      progress.bestLoss = state.get("bestLoss").asDouble();
      progress.bestStep = state.get("bestStep").asInt();
      progress.evaluationsSinceBest = state.get("evaluationsSinceBest").asInt();
    }
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
