package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.PretrainedWeights;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.recipe.Freeze;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.recipe.Settings.OptimizerType;
import io.github.deit4j.run.Checkpoint;
import io.github.deit4j.run.CheckpointStore.FileContent;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Optimizer.AdamW;
import io.github.deit4j.train.Optimizer.Lamb;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import io.github.deit4j.train.Optimizer.Sgd;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What training changes: the model, the optimizer's moments, the moving average; and what is known
 * of the images.
 */
final class TrainingState implements AutoCloseable {
  static final String MODEL = "model.safetensors";
  static final String OPTIMIZER = "optimizer.safetensors";
  static final String EMA = "ema.safetensors";

  private final Backend backend;
  private final ModelInfo info;
  private final TensorArena optimizerArena;
  private final Model model;
  private final Optimizer optimizer;
  private final double clip;
  private final Ema ema;
  private final ImageContents contents = new ImageContents();

  /**
   * Makes the state with which a recipe's run begins.
   *
   * @throws IOException if the weights to start from cannot be read or do not fit
   */
  TrainingState(Backend backend, Recipe recipe, ModelInfo info) throws IOException {
    this(backend, recipe, info, model -> fill(model, backend, recipe, info));
  }

  /** Makes a state of the same sizes, whatever the numbers. */
  static TrainingState unfilled(Backend backend, Recipe recipe, ModelInfo info) {
    try {
      return new TrainingState(backend, recipe, info, model -> {});
    } catch (IOException e) {
      throw new IllegalStateException("nothing to read", e);
    }
  }

  /** Gives a new model its first weights. */
  private interface Start {
    void fill(Model model) throws IOException;
  }

  private static void fill(Model model, Backend backend, Recipe recipe, ModelInfo info)
      throws IOException {
    model.initialize(backend, recipe.get(Settings.SEED));
    Optional<PretrainedWeights> weights = Finetuning.weights(recipe);
    if (weights.isPresent()) {
      weights.get().copyTo(model, info, backend);
    }
  }

  private TrainingState(Backend backend, Recipe recipe, ModelInfo info, Start start)
      throws IOException {
    this.backend = backend;
    this.info = info;
    model =
        info.config()
            .create(backend, Freeze.trained(recipe, info.config()), Finetuning.dropPath(recipe));
    try {
      optimizerArena = backend.arena("optimizer");
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
    try {
      start.fill(model);
      optimizer = optimizer(recipe);
      clip = recipe.get(Settings.CLIP);
      double decay = recipe.get(Settings.EMA_DECAY);
      ema = decay == 0 ? null : new Ema(backend, model, decay);
    } catch (IOException | RuntimeException | Error e) {
      try (model;
          optimizerArena) {
        throw e;
      }
    }
  }

  private Optimizer optimizer(Recipe recipe) {
    ParameterGroups groups =
        ParameterGroups.of(model.parameters(), recipe.get(Settings.DECAY_DIST_TOKEN))
            .withLayerDecay(recipe.get(Settings.LAYER_DECAY), info.config());
    double weightDecay = recipe.get(Settings.WEIGHT_DECAY);
    OptimizerType type = recipe.get(Settings.OPTIMIZER);
    return switch (type) {
      case ADAMW ->
          new AdamW(
              backend,
              optimizerArena,
              groups,
              new AdamW.Constants(
                  recipe.get(Settings.BETA1),
                  recipe.get(Settings.BETA2),
                  recipe.get(Settings.EPSILON),
                  weightDecay));
      case SGD, MOMENTUM ->
          new Sgd(
              backend,
              optimizerArena,
              groups,
              new Sgd.Constants(
                  recipe.get(Settings.MOMENTUM), type == OptimizerType.SGD, weightDecay));
      case LAMB ->
          new Lamb(
              backend,
              optimizerArena,
              groups,
              new Lamb.Constants(
                  recipe.get(Settings.BETA1),
                  recipe.get(Settings.BETA2),
                  recipe.get(Settings.EPSILON),
                  weightDecay,
                  recipe.get(Settings.BIAS_CORRECTION),
                  recipe.get(Settings.ALWAYS_ADAPT),
                  recipe.get(Settings.TRUST_CLIP)));
    };
  }

  Model model() {
    return model;
  }

  /** Returns how gradients are clipped before a step. */
  Clipping clipping() {
    return optimizer.clipping(clip);
  }

  /** Returns the checksums of the training images so far. */
  ImageContents contents() {
    return contents;
  }

  /** Returns the averaged model, or null without one. */
  Model average() {
    return ema == null ? null : ema.average();
  }

  /**
   * Takes one optimizer step.
   *
   * @param step from 1
   * @param scale what gradients are multiplied by, as {@link Gradients#scale} leaves it
   */
  void step(int step, double learningRate, Tensor scale) {
    optimizer.step(new Optimizer.Step(step, learningRate, scale, ema));
  }

  /** Returns all numbers that a checkpoint holds. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(model.tensors().values());
    tensors.addAll(optimizer.state().values());
    if (ema != null) {
      tensors.addAll(ema.average().tensors().values());
    }
    return tensors;
  }

  /** Returns the name of a weight, or of its average, with something else than finite numbers. */
  Optional<String> notFinite() {
    Optional<String> found = notFinite(model);
    return found.isPresent() || ema == null ? found : notFinite(ema.average());
  }

  private Optional<String> notFinite(Model checked) {
    Map<String, Tensor> tensors = checked.tensors();
    // Squares of large numbers overflow too: then a closer look decides.
    if (Double.isFinite(backend.optimizer().sumOfSquares(List.copyOf(tensors.values())))) {
      return Optional.empty();
    }
    return tensors.keySet().stream()
        .filter(name -> !allFinite(backend.toArray(tensors.get(name))))
        .findFirst();
  }

  private static boolean allFinite(float[] values) {
    boolean finite = true;
    for (float value : values) {
      finite &= Float.isFinite(value);
    }
    return finite;
  }

  /** Returns what writes each file of a checkpoint. */
  Map<String, FileContent> files() {
    Map<String, FileContent> files = new LinkedHashMap<>();
    files.put(MODEL, path -> SavedModel.save(path, backend, model, info));
    files.put(
        OPTIMIZER, path -> SavedModel.writeTensors(path, backend, Map.of(), optimizer.state()));
    if (ema != null) {
      files.put(EMA, path -> SavedModel.save(path, backend, ema.average(), info));
    }
    if (contents.isKnown()) {
      files.put(ImageContents.FILE, contents::write);
    }
    return files;
  }

  /**
   * Takes over the numbers of a checkpoint.
   *
   * @param images of the training data
   */
  void restore(Checkpoint checkpoint, int images) throws IOException {
    restore(checkpoint.file(MODEL), model.tensors());
    restore(checkpoint.file(OPTIMIZER), optimizer.state());
    if (ema != null) {
      restore(checkpoint.file(EMA), ema.average().tensors());
    }
    contents.read(checkpoint.file(ImageContents.FILE), images);
  }

  /**
   * Takes over the weights of a checkpoint, and their average, to be used and not to be trained.
   */
  void restoreWeights(Checkpoint checkpoint) throws IOException {
    restore(checkpoint.file(MODEL), model.tensors());
    if (ema != null) {
      restore(checkpoint.file(EMA), ema.average().tensors());
    }
  }

  private void restore(Path path, Map<String, Tensor> tensors) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      SavedModel.readTensors(file, backend, tensors);
    }
  }

  @Override
  public void close() {
    try (model;
        optimizerArena;
        ema) {
      // All are closed, even if one fails.
    }
  }
}
