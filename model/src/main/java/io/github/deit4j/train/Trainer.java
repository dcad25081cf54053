package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.BatchLoader;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.inference.Head;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.PretrainedWeights;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Checkpoint;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Evaluator.Score;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Runs a recipe: steps, evaluations, checkpoints, until the recipe or somebody ends it. The same
 * recipe, data and teacher give the same weights to the last bit on the CPU backend, for any number
 * of threads, any SIMD width, any split of the effective batch, and any interruption and resume.
 *
 * @param backend what computes
 * @param recipe resolved
 * @param trainingImages what the model learns from
 * @param testImages images to evaluate on; null for none
 * @param teacher null where the recipe needs none
 * @param folder where everything is written; if it holds a checkpoint, the run goes on from there
 * @param listener hears how it goes and can end it
 * @param dataThreads threads that decode and augment images ahead; changes no result
 * @param maxSteps the run ends when so many optimizer steps are done since its beginning; no
 *     schedule changes
 * @param maxBad how many images may be unreadable, of those for training and for testing each
 * @param clock tells nanoseconds as {@link System#nanoTime} does; when checkpoints are written and
 *     what the metrics say of speed depends on it, and nothing else
 */
public record Trainer(
    Backend backend,
    Recipe recipe,
    Dataset trainingImages,
    Dataset testImages,
    Teacher teacher,
    RunFolder folder,
    TrainingListener listener,
    int dataThreads,
    int maxSteps,
    int maxBad,
    LongSupplier clock) {
  private static final int EVALUATION_BATCH = 64;
  private static final double NANOS = 1e9;

  /**
   * Checks that a recipe, training images and a teacher go together, as {@link #train} does: a run
   * that cannot begin needs no folder.
   *
   * @param teacher null for none
   * @return what is worth knowing about the weights that the run starts from, for people
   * @throws RecipeException if the recipe needs a teacher and there is none
   * @throws DatasetException if the images don't fill a batch, or the teacher has other classes
   * @throws IOException if the weights to start from cannot be read or do not fit
   */
  public static List<String> check(Recipe recipe, Dataset train, Teacher teacher)
      throws IOException {
    requireTeacher(recipe, teacher != null);
    if (train.size() < recipe.effectiveBatch()) {
      throw new DatasetException(
          "the data set has %d images, fewer than one effective batch of %d (batch x accumulate)"
              .formatted(train.size(), recipe.effectiveBatch()));
    }
    if (teacher != null) {
      requireSameClasses(teacher.classNames(), train.classNames());
    }
    Optional<PretrainedWeights> start = Finetuning.weights(recipe);
    return start.isEmpty() ? List.of() : start.get().check(info(recipe, train));
  }

  /**
   * Requires a teacher where a recipe distils.
   *
   * @throws RecipeException if the recipe needs one and there is none
   */
  public static void requireTeacher(Recipe recipe, boolean hasTeacher) {
    if (recipe.get(Settings.DISTILLATION).needsTeacher() && !hasTeacher) {
      throw new RecipeException(
          recipe.toString(),
          Settings.DISTILLATION.key(),
          "a teacher (--teacher FILE), or distillation=none",
          recipe.valueAsYaml(Settings.DISTILLATION) + " without one");
    }
  }

  private static ModelInfo info(Recipe recipe, Dataset train) {
    List<String> classes = train.classNames();
    return new ModelInfo(
        recipe.modelConfig(classes.size()), classes, RecipeData.preprocessing(recipe));
  }

  private static void requireSameClasses(List<String> ofTeacher, List<String> ofData)
      throws DatasetException {
    List<String> differences = ClassNames.differences(ofTeacher, ofData);
    if (!differences.isEmpty()) {
      throw new DatasetException(
          "teacher: expected the classes of the data, found others:%n  %s%ntrain it on this data"
              .formatted(String.join("\n  ", differences)));
    }
  }

  /**
   * Trains.
   *
   * @throws DivergedException if a loss or gradient is no finite number
   * @throws DatasetException if the data cannot be used
   * @throws IOException if something cannot be read or written
   * @throws InterruptedException if the thread is interrupted
   */
  public TrainingResult train() throws IOException, InterruptedException {
    List<String> notes = check(recipe, trainingImages, teacher);
    ModelInfo info = info(recipe, trainingImages);
    try (TrainingState state = new TrainingState(backend, recipe, info);
        TrainingStep step = new TrainingStep(backend, state.model(), recipe, teacher)) {
      TrainingProgress progress = resume(state);
      noteMicroBatches(info);
      if (progress.step() == 0) {
        notes.forEach(listener::note);
      }
      return new Loop(state, step, progress, info).run();
    }
  }

  private void noteMicroBatches(ModelInfo info) {
    if (info.config().family().mixesImages() && recipe.get(Settings.ACCUMULATE) > 1) {
      listener.note(
          "batch norm uses the statistics of each micro-batch of %d images, so that another"
                  .formatted(recipe.get(Settings.BATCH))
              + " split of the batch gives other weights");
    }
  }

  private TrainingProgress resume(TrainingState state) throws IOException {
    Optional<Checkpoint> newest = folder.checkpoints().newest(listener::note);
    TrainingProgress progress = new TrainingProgress();
    if (newest.isPresent()) {
      state.restore(newest.get());
      progress = TrainingProgress.of(newest.get());
      listener.note("resuming from step " + progress.step());
    } else if (folder.isResumed()) {
      listener.note("there is no checkpoint yet, so the run starts anew");
    }
    folder.continueFrom(progress.step());
    return progress;
  }

  /** The steps of a run, from where it stands. */
  private final class Loop {
    private final TrainingState state;
    private final TrainingStep step;
    private final TrainingProgress progress;
    private final ModelInfo info;
    private final int stepsPerEpoch;
    private final int totalSteps;
    private final LearningRate.PerStep learningRate;
    private final BadImageLog badImages;
    private final BadImageLog badTestImages = new BadImageLog(maxBad, listener::badImage);

    /** When the newest checkpoint was written, or the run began. */
    private long checkpointTime = clock.getAsLong();

    /** Of the weights as they are; empty if these were not evaluated. */
    private Map<Head, Score> scores = Map.of();

    Loop(TrainingState state, TrainingStep step, TrainingProgress progress, ModelInfo info) {
      this.state = state;
      this.step = step;
      this.progress = progress;
      this.info = info;
      badImages = new BadImageLog(maxBad, listener::badImage).with(progress.badImages());
      stepsPerEpoch = Math.toIntExact(trainingImages.size() / recipe.effectiveBatch());
      totalSteps = Math.multiplyExact(stepsPerEpoch, recipe.get(Settings.EPOCHS));
      learningRate = LearningRate.of(recipe, stepsPerEpoch);
    }

    TrainingResult run() throws IOException, InterruptedException {
      int end = Math.min(totalSteps, maxSteps);
      listener.started(progress.step(), end);
      boolean cancelled = false;
      if (progress.step() < end) {
        try (BatchLoader loader = loader()) {
          while (progress.step() < end && !cancelled) {
            takeStep(loader);
            cancelled = listener.cancelled() && progress.step() < end;
            endStep(cancelled || progress.step() == end);
          }
        }
      }
      if (!cancelled) {
        if (scores.isEmpty() && evaluationIsDue()) {
          scores = evaluate(state.model()); // the run was here before, and killed or complete
        }
        writeModel();
        folder.checkpoints().keepOnly(recipe.get(Settings.KEEP));
      }
      return new TrainingResult(progress.step(), totalSteps, cancelled, scores);
    }

    private BatchLoader loader() throws DatasetException {
      var setup =
          new BatchLoader.Setup(
              Math.toIntExact(recipe.effectiveBatch()),
              recipe.get(Settings.SEED),
              recipe.get(Settings.REPEATED_AUG),
              recipe.get(Settings.REDUCED_DECODE),
              progress.step() / stepsPerEpoch,
              progress.step() % stepsPerEpoch);
      return new BatchLoader(
          trainingImages, RecipeData.training(recipe), setup, dataThreads, badImages);
    }

    private void takeStep(BatchLoader loader) throws IOException, InterruptedException {
      int number = progress.step();
      long began = clock.getAsLong();
      SampleBatch batch = loader.next();
      double loss = step.run(batch, number);
      double norm = step.gradients().norm();
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        throw diverged(
            number + 1,
            "a finite loss and gradient",
            "loss %s and gradient norm %s".formatted(loss, norm));
      }
      double rate = learningRate.at(number);
      scores = Map.of();
      state.step(number + 1, rate, norm);
      progress.stepDone(loss, badImages.images());
      double seconds = (clock.getAsLong() - began) / NANOS;
      folder.log(
          progress.step(),
          JsonWriter.object(
              "epoch", batch.epoch(),
              "loss", loss,
              "gradient-norm", norm,
              "lr", rate,
              "seconds", seconds,
              "images_per_second", batch.size() / seconds));
      listener.stepDone(
          new TrainingListener.StepReport(progress.step(), batch.epoch(), loss, norm, rate));
    }

    /** A checkpoint gave a finite loss if a step has been taken since. */
    private DivergedException diverged(int step, String expected, String found) throws IOException {
      return new DivergedException(
          step, expected, found, folder.checkpoints().before(progress.step()));
    }

    private void endStep(boolean last) throws IOException, InterruptedException {
      int done = progress.step();
      boolean epochEnd = done % stepsPerEpoch == 0;
      boolean best = epochEnd && endEpoch(done / stepsPerEpoch - 1);
      if (last || epochEnd || checkpointIsDue(done)) {
        Optional<String> notFinite = state.notFinite();
        if (notFinite.isPresent()) {
          throw diverged(done, "finite weights after it", "others in " + notFinite.get());
        }
        Checkpoint checkpoint =
            folder.checkpoints().save(done, state.files(), progress.toJson(), best);
        checkpointTime = clock.getAsLong();
        listener.checkpointWritten(done, checkpoint.folder());
      }
    }

    private boolean checkpointIsDue(int done) {
      int every = recipe.get(Settings.CHECKPOINT_EVERY);
      int minutes = recipe.get(Settings.CHECKPOINT_MINUTES);
      return every > 0 && done % every == 0
          || minutes > 0 && clock.getAsLong() - checkpointTime >= minutes * 60 * NANOS;
    }

    /** Returns whether this epoch's model is the best so far. */
    private boolean endEpoch(int epoch) throws IOException, InterruptedException {
      boolean evaluate = evaluationIsDue();
      scores = evaluate ? evaluate(state.model()) : Map.of();
      Map<Head, Score> averageScores =
          evaluate && state.average() != null ? evaluate(state.average()) : Map.of();
      double loss = progress.endEpoch();
      Map<String, Object> line = JsonWriter.object("epoch", epoch, "epoch-loss", loss);
      if (evaluate) {
        line.put("evaluation", toJson(scores));
      }
      if (!averageScores.isEmpty()) {
        line.put("evaluation-ema", toJson(averageScores));
      }
      folder.log(progress.step(), line);
      listener.epochDone(
          new TrainingListener.EpochReport(epoch, progress.step(), loss, scores, averageScores));
      return evaluate && progress.improves(scores.get(decidingHead()).top1());
    }

    private boolean evaluationIsDue() {
      int epochs = progress.step() / stepsPerEpoch;
      return testImages != null
          && progress.step() % stepsPerEpoch == 0
          && (epochs % recipe.get(Settings.EVALUATE_EVERY) == 0 || progress.step() == totalSteps);
    }

    /** The head by which models are compared: both together where both have learned. */
    private Head decidingHead() {
      boolean distils = recipe.get(Settings.DISTILLATION) != DistillationType.NONE;
      return info.config().distilled() && distils ? Head.JOINT : Head.CLASS;
    }

    private Map<Head, Score> evaluate(Model model) throws IOException, InterruptedException {
      int total = testImages.size();
      Map<Head, Score> measured =
          new Evaluator(backend, testImages, info.preprocessing(), EVALUATION_BATCH, dataThreads)
              .evaluate(model, done -> listener.evaluating(done, total), badTestImages::add);
      badTestImages.requireFew();
      for (Score score : measured.values()) {
        if (!Double.isFinite(score.loss())) {
          throw diverged(
              progress.step(),
              "a finite loss on the test images after it",
              String.valueOf(score.loss()));
        }
      }
      return measured;
    }

    private void writeModel() throws IOException {
      SavedModel.save(folder.file("model.safetensors"), backend, state.model(), info);
      if (state.average() != null) {
        SavedModel.save(folder.file("model-ema.safetensors"), backend, state.average(), info);
      }
      if (!scores.isEmpty()) {
        folder.writeResults(toJson(scores));
      }
    }
  }

  /** Returns scores as {@code results.json} has them. */
  public static Map<String, Object> toJson(Map<Head, Score> scores) {
    Map<String, Object> json = new LinkedHashMap<>();
    scores.forEach(
        (head, score) ->
            json.put(
                head.id(),
                JsonWriter.object(
                    "top1", score.top1(), "top5", score.top5(), "loss", score.loss())));
    return json;
  }

  /**
   * How a run ended.
   *
   * @param step optimizer steps done
   * @param totalSteps optimizer steps of the whole recipe
   * @param cancelled whether the listener ended it; it can be resumed then
   * @param scores of every head on the test images; empty if they were not evaluated at the end
   */
  public record TrainingResult(
      int step, int totalSteps, boolean cancelled, Map<Head, Score> scores) {}
}
