package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.BatchLoader;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.distill.StoredDraws;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.Model;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.recipe.Freeze;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.recipe.Settings.Selection;
import io.github.deit4j.run.Checkpoint;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.Interruptible.GivenUpException;
import io.github.deit4j.train.PredictedClasses.PredictedClass;
import io.github.deit4j.train.Trainer.TrainingResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of a run, from where it stands, with what comes between them. */
final class TrainingLoop implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final Trainer run;
  private final Recipe recipe;
  private final TrainingListener listener;
  private final TrainingState state;
  private final BufferCopies buffers;
  private final TrainingStep step;
  private final Interruptible interruptible;
  private final TrainingProgress progress;
  private final StepReports reports;
  private final ModelInfo info;
  private final RunOutput output;
  private final RankMessages messages;
  private final int stepsPerEpoch;
  private final int totalSteps;
  private final LearningRate.PerStep learningRate;
  private final BadImageLog badImages;
  private final BadImageLog badTestImages;
  private final RunEvaluation evaluation;

  /** Null but where the teacher's answers are stored ones. */
  private final DrawsCheck drawsCheck;

  /** Steps of the newest checkpoint. */
  private int checkpointStep;

  /** When the newest checkpoint was written, or the run began. */
  private long checkpointTime;

  /** The step whose weights the run ended with; 0 before it did. */
  private int weightsOf;

  /** Of the weights as they are; empty if these were not evaluated. */
  private Map<Head, Score> scores = Map.of();

  /** What the weights as they are take this rank's images for; null if they were not evaluated. */
  private PredictedClasses predicted;

  TrainingLoop(
      Trainer run,
      TrainingState state,
      BufferCopies buffers,
      TrainingStep step,
      TrainingProgress progress,
      ModelInfo info,
      RunOutput output,
      RankMessages messages)
      throws IOException {
    this.run = run;
    this.recipe = run.recipe();
    this.listener = run.listener();
    this.state = state;
    this.buffers = buffers;
    this.step = step;
    this.interruptible = new Interruptible(run.backend());
    this.progress = progress;
    this.info = info;
    this.output = output;
    this.messages = messages;
    reports = new StepReports(run, progress, output);
    badImages = new BadImageLog(run.maxBad(), listener::badImage).with(progress.badImages());
    badTestImages = new BadImageLog(run.maxBad(), listener::badImage);
    drawsCheck = run.teacher() instanceof StoredDraws draws ? new DrawsCheck(draws) : null;
    evaluation = new RunEvaluation(run, state.model(), info.preprocessing());
    checkpointStep = progress.step();
    checkpointTime = run.clock().getAsLong();
    stepsPerEpoch = Math.toIntExact(run.trainingImages().size() / recipe.effectiveBatch());
    totalSteps = Math.multiplyExact(stepsPerEpoch, recipe.get(Settings.EPOCHS));
    learningRate = LearningRate.of(recipe, stepsPerEpoch, !progress.isExtended());
  }

  TrainingResult run() throws IOException, InterruptedException {
    int end = Math.min(totalSteps, run.maxSteps());
    if (run.ranks().rank() == 0) { // what the others give up would not be written
      listener.giveUpBy(interruptible::giveUp);
    }
    listener.started(progress.step(), end);
    boolean cancelled;
    try {
      cancelled = takeSteps(end);
      if (!cancelled) {
        if (scores.isEmpty() && evaluationIsDue()) {
          evaluate(); // the run was here before, and killed or complete
        }
        weightsOf = select();
        writeModel();
        output.keepOnly(recipe.get(Settings.KEEP));
      }
    } catch (GivenUpException e) {
      saveLastStep();
      return result(true, true, Map.of());
    }
    Map<Head, List<PredictedClass>> predictions =
        cancelled || predicted == null ? Map.of() : predicted.ofAll(run.ranks());
    run.ranks().barrier(); // so that none leaves before everything is written
    return result(cancelled, false, predictions);
  }

  private TrainingResult result(
      boolean cancelled, boolean givenUp, Map<Head, List<PredictedClass>> predictions) {
    var best = new Trainer.Best(progress.bestStep(), progress.bestTop1());
    return new TrainingResult(
        progress.step(),
        totalSteps,
        cancelled,
        givenUp,
        !cancelled && progress.step() < totalSteps && stopsEarly(),
        scores,
        predictions,
        weightsOf,
        best);
  }

  /**
   * Leaves the weights in the model that the run ends with, and their scores.
   *
   * @return the step whose weights they are
   */
  private int select() throws IOException, InterruptedException {
    int best = progress.bestStep();
    if (recipe.get(Settings.SELECT) == Selection.LAST || best == 0 || best == progress.step()) {
      return progress.step();
    }
    Optional<Checkpoint> checkpoint = output.best();
    if (checkpoint.isPresent()) {
      state.restoreWeights(checkpoint.get());
    }
    messages.broadcast(run.backend(), state.tensors());
    evaluate();
    return best;
  }

  /** Returns whether so many evaluations were no better that the recipe wants to end. */
  private boolean stopsEarly() {
    int most = recipe.get(Settings.EARLY_STOP);
    return most > 0 && progress.evaluationsSinceBest() >= most;
  }

  /** Returns whether the run was cancelled. */
  private boolean takeSteps(int end) throws IOException, InterruptedException {
    boolean cancelled = false;
    if (progress.epochEndIsDue(stepsPerEpoch)) {
      endStep(progress.step() >= end); // the run was given up while it evaluated
    }
    if (progress.step() < end && !stopsEarly()) {
      try (FrozenFeatures features = Freeze.isBackbone(recipe) ? trainingFeatures() : null;
          BatchLoader loader = loader(features)) {
        step.take(features);
        cancelled = takeSteps(loader, end);
      }
    }
    return cancelled;
  }

  private boolean takeSteps(BatchLoader loader, int end) throws IOException, InterruptedException {
    boolean cancelled = false;
    try {
      while (progress.step() < end && !cancelled && !stopsEarly()) {
        takeStep(loader);
        boolean asked = listener.cancelled();
        cancelled = interruptible.run(() -> messages.any(asked)) && progress.step() < end;
        endStep(cancelled || progress.step() == end);
      }
    } catch (GivenUpException e) {
      saveLastStep(); // before the loader waits for images that may not come
      throw e;
    }
    return cancelled;
  }

  private void saveLastStep() throws IOException, InterruptedException {
    if (progress.step() > checkpointStep) {
      reports.settle();
      checkpoint(false);
    }
  }

  private FrozenFeatures trainingFeatures() throws IOException, InterruptedException {
    return interruptible.run(
        () ->
            FrozenFeatures.compute(
                run,
                state.model(),
                run.trainingImages(),
                RecipeData.training(recipe),
                0,
                run.trainingImages().size()));
  }

  private BatchLoader loader(FrozenFeatures features) throws DatasetException {
    return new BatchLoader(
        features == null ? run.trainingImages() : features.placeholders(),
        features == null ? RecipeData.training(recipe) : (image, random) -> image,
        RecipeData.batches(
            recipe, progress.step() / stepsPerEpoch, progress.step() % stepsPerEpoch),
        step.samples(),
        run.dataThreads(),
        badImages,
        messages::badImages);
  }

  private void takeStep(BatchLoader loader) throws IOException, InterruptedException {
    int number = progress.step();
    long began = run.clock().getAsLong();
    double rate = learningRate.at(number);
    Gradient gradient;
    buffers.take();
    try (RecordedStep recorded = recordStep()) {
      gradient = gradient(loader, number);
      scores = Map.of();
      predicted = null;
      state.step(number + 1, rate, gradient.result().scale());
      recorded.launch();
    } catch (GivenUpException e) {
      buffers.putBack();
      throw e;
    }
    progress.stepDone(badImages.images());
    reports.add(new StepReports.Step(number + 1, gradient.epoch(), rate, began, gradient.result()));
  }

  /** What a step computes before it changes the weights. */
  private record Gradient(int epoch, StepResult result) {}

  private Gradient gradient(BatchLoader loader, int number)
      throws IOException, InterruptedException {
    return interruptible.run(
        () -> {
          SampleBatch batch = loader.next();
          state.contents().check(batch.indices(), run.trainingImages(), messages);
          if (drawsCheck != null) {
            drawsCheck.check(batch.indices(), run.trainingImages());
          }
          return new Gradient(batch.epoch(), step.run(batch, number, state.clipping()));
        });
  }

  /** Several ranks wait for each other's gradients within a step, which then is no one piece. */
  private RecordedStep recordStep() {
    return messages.isAlone() ? run.backend().recordStep() : RecordedStep.NONE;
  }

  /** A checkpoint gave a finite loss if a step has been taken since. */
  private DivergedException diverged(String expected, String found) throws IOException {
    int done = progress.step();
    return new DivergedException(done, expected, found, output.checkpointBefore(done));
  }

  private void endStep(boolean last) throws IOException, InterruptedException {
    int done = progress.step();
    boolean epochEnd = done % stepsPerEpoch == 0;
    if (last || epochEnd || checkpointIsDue(done)) {
      reports.settle();
      checkpoint(epochEnd && endEpoch(done / stepsPerEpoch - 1));
    }
  }

  private void checkpoint(boolean best) throws IOException {
    int done = progress.step();
    Optional<String> notFinite = state.notFinite();
    if (notFinite.isPresent()) {
      throw diverged("finite weights after it", "others in " + notFinite.get());
    }
    Optional<Checkpoint> checkpoint = output.save(state, progress, best);
    checkpointTime = run.clock().getAsLong();
    checkpointStep = done;
    checkpoint.ifPresent(saved -> listener.checkpointWritten(done, saved.folder()));
  }

  private boolean checkpointIsDue(int done) {
    int every = recipe.get(Settings.CHECKPOINT_EVERY);
    int minutes = recipe.get(Settings.CHECKPOINT_MINUTES);
    return every > 0 && done % every == 0
        || minutes > 0 && run.clock().getAsLong() - checkpointTime >= minutes * 60 * NANOS;
  }

  /** Returns whether this epoch's model is the best so far. */
  private boolean endEpoch(int epoch) throws IOException, InterruptedException {
    boolean evaluate = evaluationIsDue();
    if (evaluate) {
      evaluate();
    }
    Map<Head, Score> averageScores =
        evaluate && state.average() != null ? evaluate(state.average(), (_, _) -> {}) : Map.of();
    double loss = progress.endEpoch();
    Map<String, Object> line = JsonWriter.object("epoch", epoch, "epoch-loss", loss);
    if (evaluate) {
      line.put("evaluation", Trainer.toJson(scores));
    }
    if (!averageScores.isEmpty()) {
      line.put("evaluation-ema", Trainer.toJson(averageScores));
    }
    output.log(progress.step(), line);
    listener.epochDone(
        new TrainingListener.EpochReport(epoch, progress.step(), loss, scores, averageScores));
    return evaluate && progress.improves(scores.get(Trainer.decidingHead(recipe, info.config())));
  }

  private boolean evaluationIsDue() {
    int epochs = progress.step() / stepsPerEpoch;
    return run.testImages() != null
        && progress.step() % stepsPerEpoch == 0
        && (epochs % recipe.get(Settings.EVALUATE_EVERY) == 0 || progress.step() == totalSteps);
  }

  /** Evaluates the weights as they are. */
  private void evaluate() throws IOException, InterruptedException {
    var classes = new PredictedClasses(run.testImages(), Head.of(info.config()));
    scores =
        evaluate(
            state.model(),
            (images, logits) -> classes.add(images, LogitRows.of(run.backend(), logits)));
    predicted = classes;
  }

  private Map<Head, Score> evaluate(Model model, Evaluator.Observer observer)
      throws IOException, InterruptedException {
    Map<Head, Score> measured =
        interruptible.run(() -> evaluation.measure(model, badTestImages::add, observer));
    badTestImages.requireFew();
    for (Score score : measured.values()) {
      if (!Double.isFinite(score.loss())) {
        throw diverged("a finite loss on the test images after it", String.valueOf(score.loss()));
      }
    }
    return measured;
  }

  @Override
  public void close() {
    evaluation.close();
  }

  private void writeModel() throws IOException {
    output.writeModel("model.safetensors", run.backend(), state.model(), info);
    if (state.average() != null) {
      output.writeModel("model-ema.safetensors", run.backend(), state.average(), info);
    }
    if (!scores.isEmpty()) {
      output.writeResults(Trainer.toJson(scores));
    }
  }
}
