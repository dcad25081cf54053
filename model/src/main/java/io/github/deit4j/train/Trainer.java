package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Single;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.StoredDraws;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.inference.Head;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.PretrainedWeights;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.LossSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Checkpoint;
import io.github.deit4j.run.Extension;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.PredictedClasses.PredictedClass;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Runs a recipe: steps, evaluations, checkpoints, until the recipe or somebody ends it. The same
 * recipe, data and teacher give the same weights to the last bit on the CPU backend, for any number
 * of threads, any SIMD width, any split of the effective batch, any number of ranks, and any
 * interruption and resume.
 *
 * <p>Several ranks train one model when each runs a trainer with the same recipe, data and teacher:
 * each takes its share of every batch and of every evaluation. The first one writes the run's
 * folder, which no other one needs to see. A rank that fails must {@link Collective#abort}, or the
 * others wait for it.
 *
 * @param backend what computes
 * @param recipe resolved
 * @param trainingImages what the model learns from
 * @param testImages images to evaluate on; null for none
 * @param teacher null where the recipe needs none
 * @param folder where everything is written; if it holds a checkpoint, the run goes on from there;
 *     null on all ranks but the first
 * @param listener hears how it goes and can end it, the run of all ranks
 * @param dataThreads threads that decode and augment images ahead; changes no result
 * @param maxSteps the run ends when so many optimizer steps are done since its beginning; no
 *     schedule changes
 * @param maxBad how many images may be unreadable, of those for training and for testing each
 * @param clock tells nanoseconds as {@link System#nanoTime} does; when checkpoints are written and
 *     what the metrics say of speed depends on it, and nothing else
 * @param ranks who trains together
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
    LongSupplier clock,
    Collective ranks) {
  /** Requires a folder on the first rank, and on no other. */
  public Trainer {
    if ((folder == null) != (ranks.rank() != 0)) {
      throw new IllegalArgumentException(
          "trainer: expected a folder on the first rank and null on others, found "
              + (folder == null ? "null" : folder.path())
              + " on rank "
              + ranks.rank());
    }
  }

  /** A trainer for one process. */
  public Trainer(
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
    this(
        backend,
        recipe,
        trainingImages,
        testImages,
        teacher,
        folder,
        listener,
        dataThreads,
        maxSteps,
        maxBad,
        clock,
        new Single());
  }

  /**
   * Checks that a recipe, training images and a teacher go together, as {@link #train} does: a run
   * that cannot begin needs no folder.
   *
   * @param teacher null for none
   * @return what is worth knowing about the weights that the run starts from, for people
   * @throws RecipeException if the recipe needs a teacher and there is none, or weighs other
   *     classes, or has other settings than the teacher's {@linkplain StoredDraws stored draws}
   * @throws DatasetException if the images don't fill a batch, or the teacher has other classes, or
   *     its stored draws are of other images
   * @throws IOException if the weights to start from cannot be read or do not fit
   */
  public static List<String> check(Recipe recipe, Dataset train, Teacher teacher)
      throws IOException {
    requireTeacher(recipe, teacher != null);
    if (train.size() < recipe.effectiveBatch()) {
      throw new DatasetException(
          "the data set has %d images, fewer than one effective batch of %d (batch x accumulate): take"
                  .formatted(train.size(), recipe.effectiveBatch())
              + " more images or a smaller batch, as by %s; or --recipe own-images, which fits itself"
                  .formatted(RecipeData.smallerBatch(recipe, train.size()))
              + " to the images");
    }
    if (teacher != null) {
      requireSameClasses(teacher.classNames(), train.classNames());
    }
    if (teacher instanceof StoredDraws draws) {
      DrawsCheck.require(draws, recipe, train);
    }
    List<String> notes = new ArrayList<>();
    recipe.get(LossSettings.CLASS_WEIGHTS).note(train).ifPresent(notes::add);
    Optional<PretrainedWeights> start = Finetuning.weights(recipe);
    if (start.isPresent()) {
      notes.addAll(start.get().check(info(recipe, train)));
    }
    return notes;
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

  /**
   * Requires that ranks can share a recipe's effective batch.
   *
   * @throws RecipeException if there are more ranks than grains; names both numbers
   */
  public static void requireGrains(Recipe recipe, int ranks) {
    Grains.of(recipe).shares(ranks);
  }

  /**
   * Checks that there is the memory that a run of one rank will take, before it takes any.
   *
   * @param test null for none
   * @param teacher null for none
   * @throws DeviceException.OutOfMemory if there is not; says what takes how much, and what to do
   */
  public static void requireMemory(
      Backend backend, Recipe recipe, Dataset train, Dataset test, Teacher teacher) {
    MemoryEstimate.of(backend, recipe, info(recipe, train), test != null, teacher)
        .ifPresent(estimate -> estimate.require(AvailableMemory.now()));
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
   * Trains, together with the other ranks.
   *
   * @throws RecipeException if there are more ranks than grains
   * @throws Agreement.RanksDifferException if ranks have different recipes, data or teachers
   * @throws io.github.deit4j.collective.CollectiveException if another rank is lost or has failed
   * @throws DivergedException if a loss or gradient is no finite number
   * @throws DatasetException if the data cannot be used
   * @throws IOException if something cannot be read or written
   * @throws InterruptedException if the thread is interrupted
   */
  public TrainingResult train() throws IOException, InterruptedException {
    List<String> notes = check(recipe, trainingImages, teacher);
    if (teacher instanceof StoredDraws draws) {
      DrawsCheck.requireAllReadable(draws, maxBad);
      DrawsCheck.note(draws, backend).ifPresent(listener::note);
    }
    requireGrains(recipe, ranks.size());
    Agreement.require(ranks, facts());
    ModelInfo info = info(recipe, trainingImages);
    float[] classWeights = recipe.get(LossSettings.CLASS_WEIGHTS).of(trainingImages).orElse(null);
    var output = new RunOutput(folder);
    var messages = new RankMessages(ranks);
    try (TrainingState state = new TrainingState(backend, recipe, info);
        BufferCopies buffers = new BufferCopies(backend, state.model());
        Communicator communicator = backend.communicator(ranks);
        TrainingStep step =
            new TrainingStep(
                backend, state.model(), recipe, teacher, classWeights, ranks, communicator)) {
      TrainingProgress progress = resume(state, output, messages);
      noteMicroBatches(info);
      noteRanks(communicator);
      if (progress.step() == 0) {
        notes.forEach(listener::note);
      }
      try (var loop =
          new TrainingLoop(this, state, buffers, step, progress, info, output, messages)) {
        return loop.run();
      }
    }
  }

  /** Returns what has to be the same on all ranks. */
  private Map<String, String> facts() throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    Settings.all().forEach((key, setting) -> facts.put(key, recipe.valueAsYaml(setting)));
    facts.put("backend", backend.arithmetic());
    facts.put("training images", Agreement.digest(trainingImages));
    facts.put("test images", testImages == null ? "none" : Agreement.digest(testImages));
    facts.put("teacher", teacher == null ? "none" : "for classes " + teacher.classNames());
    facts.put("stored draws", teacher instanceof StoredDraws draws ? draws.digest() : "none");
    facts.put("max steps", Integer.toString(maxSteps));
    facts.put("max bad", Integer.toString(maxBad));
    return facts;
  }

  private void noteMicroBatches(ModelInfo info) {
    if (info.config().family().mixesImages() && recipe.get(Settings.ACCUMULATE) > 1) {
      listener.note(
          "batch norm uses the statistics of each micro-batch of %d images, so that another"
                  .formatted(recipe.get(Settings.BATCH))
              + " split of the batch gives other weights");
    }
  }

  private void noteRanks(Communicator communicator) {
    if (ranks.size() > 1 && !communicator.description().equals(ranks.description())) {
      listener.note("gradients go from device to device by " + communicator.description());
    }
  }

  private TrainingProgress resume(TrainingState state, RunOutput output, RankMessages messages)
      throws IOException, InterruptedException {
    Optional<Checkpoint> newest = output.newest(listener::note);
    if (newest.isPresent()) {
      state.restore(newest.get(), trainingImages.size());
    }
    List<Extension> extensions = output.extensions();
    TrainingProgress progress = progress(newest, !extensions.isEmpty(), messages);
    if (progress.step() > 0) {
      messages.broadcast(backend, state.tensors());
      listener.note("resuming from step " + progress.step());
      extensions.forEach(extension -> listener.note(extension.toString()));
    } else if (output.isResumed()) {
      listener.note("there is no checkpoint yet, so the run starts anew");
    }
    output.continueFrom(progress.step());
    return progress;
  }

  /** Returns how far the first rank's checkpoint is. */
  private static TrainingProgress progress(
      Optional<Checkpoint> newest, boolean extended, RankMessages messages)
      throws IOException, InterruptedException {
    String own =
        newest.isEmpty()
            ? ""
            : JsonWriter.compact(
                JsonWriter.object(
                    "step", newest.get().step(),
                    "extended", extended,
                    "state", newest.get().state().value()));
    String first = messages.texts(own).getFirst();
    if (first.isEmpty()) {
      return new TrainingProgress();
    }
    JsonValue json = Json.read("checkpoint of the first rank", first);
    return TrainingProgress.of(json.get("step").asInt(), json.get("state"))
        .extended(json.get("extended").asBoolean());
  }

  /** Returns the head by which a run's weights are compared: both where both have learned. */
  public static Head decidingHead(Recipe recipe, ModelConfig config) {
    boolean distils = recipe.get(Settings.DISTILLATION) != DistillationType.NONE;
    return config.distilled() && distils ? Head.JOINT : Head.CLASS;
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
   * @param givenUp whether it did so within a step or evaluation: other ranks still wait for this
   *     one, which has to {@link Collective#abort end} them
   * @param scores of every head on the test images, by the weights that the run ended with; empty
   *     if they were not evaluated at the end
   * @param endedEarly whether it ended because evaluations were no better
   * @param predicted what every head takes each test image for, by the same weights; empty where
   *     the scores are
   * @param weightsOf the step whose weights {@code model.safetensors} holds; 0 if the run was
   *     cancelled
   * @param best the best of all evaluations
   */
  public record TrainingResult(
      int step,
      int totalSteps,
      boolean cancelled,
      boolean givenUp,
      boolean endedEarly,
      Map<Head, Score> scores,
      Map<Head, List<PredictedClass>> predicted,
      int weightsOf,
      Best best) {}

  /**
   * The best of a run's evaluations, by the top-1 of the head that decides.
   *
   * @param step optimizer steps done then; 0 if there was no evaluation
   * @param top1 its score; −1 if there was none
   */
  public record Best(int step, double top1) {}
}
