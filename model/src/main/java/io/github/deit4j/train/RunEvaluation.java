package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.Model;
import io.github.deit4j.recipe.Freeze;
import io.github.deit4j.train.Evaluator.Score;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The evaluations of a run. Under a frozen backbone what the heads see of this rank's test images
 * is computed by the first of them and serves all.
 */
final class RunEvaluation implements AutoCloseable {
  static final int BATCH = 64;

  private final Trainer run;
  private final Model trained;
  private final Preprocessing preprocessing;

  /** Null before the first evaluation, and where each computes all. */
  private FrozenFeatures features;

  /**
   * Prepares evaluations.
   *
   * @param trained the model whose backbone is frozen, if any is
   */
  RunEvaluation(Trainer run, Model trained, Preprocessing preprocessing) {
    this.run = run;
    this.trained = trained;
    this.preprocessing = preprocessing;
  }

  /**
   * Returns the scores of the trained model or of its average on the test images.
   *
   * @param observer hears of the logits on the way
   */
  Map<Head, Score> measure(Model model, Consumer<BadImage> onBadImage, Evaluator.Observer observer)
      throws IOException, InterruptedException {
    var evaluator =
        new Evaluator(
            run.backend(), run.testImages(), preprocessing, BATCH, run.dataThreads(), run.ranks());
    if (Freeze.isBackbone(run.recipe())) {
      return evaluator.evaluate(model, features(evaluator), onBadImage, observer);
    }
    int total = run.testImages().size();
    return evaluator.evaluate(
        model,
        done -> run.listener().evaluating(Math.min(total, done * run.ranks().size()), total),
        onBadImage,
        observer);
  }

  private FrozenFeatures features(Evaluator evaluator)
      throws DatasetException, InterruptedException {
    if (features == null) {
      int rank = run.ranks().rank();
      features =
          FrozenFeatures.compute(
              run,
              trained,
              run.testImages(),
              preprocessing.evaluation(),
              evaluator.firstImage(rank),
              evaluator.firstImage(rank + 1));
    }
    return features;
  }

  @Override
  public void close() {
    if (features != null) {
      features.close();
    }
  }
}
