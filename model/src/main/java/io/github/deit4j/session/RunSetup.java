package io.github.deit4j.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.set.DataCheck;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.Finding;
import io.github.deit4j.data.set.ValidationSplit;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.ModelTeacher;
import io.github.deit4j.distill.StoredDraws;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.PublishedWeights;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.recipe.ClassWeights;
import io.github.deit4j.recipe.ImageSettings;
import io.github.deit4j.recipe.LossSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.RunImages;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.Extension;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.DrawsCheck;
import io.github.deit4j.train.Finetuning;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a run is made from, and how it is opened.
 *
 * @param recipe what to do
 * @param data the data set's folder
 * @param out the run's folder; null where nothing is trained
 * @param teacher weights of the teacher; null without
 * @param resume whether to go on in {@code out}
 * @param maxBad how many images may be unreadable
 */
public record RunSetup(
    Recipe recipe, Path data, Path out, Path teacher, boolean resume, int maxBad) {
  private static final String TEACHER = "teacher";
  private static final String TEACHER_SETTINGS = "teacher-settings";

  /**
   * Looks at the names of the data's files, and gives the recipe what it wants to know: the sizes
   * that fit the images, and how a run goes on that is extended.
   *
   * @param notes hears what is left out
   * @throws DatasetException if files that cannot be used are known by their names
   * @throws RecipeException if the recipe does not go with the data
   * @throws io.github.deit4j.weights.FormatException if weights that it names are not in the cache
   * @throws IOException if something cannot be read
   */
  public RunSetup resolved(Consumer<String> notes) throws IOException {
    requireStart();
    List<Finding> stray =
        DataCheck.requireUsable(Datasets.named(recipe.get(Settings.DATA)), data, maxBad);
    if (!stray.isEmpty()) {
      notes.accept("left out, since it belongs to no class:\n  " + DataCheck.list(data, stray));
    }
    Recipe fitted = fitted();
    Recipe resolved = resume ? Extension.of(out, fitted) : fitted;
    return new RunSetup(resolved, data, out, teacher, resume, maxBad);
  }

  /** Requires weights that the recipe names to be in the cache, and those. */
  private void requireStart() throws IOException {
    Optional<PublishedWeights> start = Finetuning.path(recipe).flatMap(PublishedWeights::meant);
    if (start.isPresent()) {
      start.get().cached(System.getenv());
    }
  }

  private Recipe fitted() throws IOException {
    if (!recipe.get(Settings.FIT_TO_DATA)) {
      return recipe;
    }
    Optional<Path> weights = Finetuning.file(recipe);
    ModelInfo start = weights.isEmpty() ? null : SavedModel.readInfo(ModelSource.of(weights.get()));
    try (RunImages images = RunImages.open(recipe, data)) {
      return recipe.fitted(images.training().size(), start);
    }
  }

  /**
   * Loads the teacher; null without one.
   *
   * @throws RecipeException if the recipe has no use for it
   * @throws IOException if it cannot be read
   */
  public Teacher loadTeacher(Backend backend) throws IOException {
    if (teacher == null) {
      return null;
    }
    if (!recipe.get(Settings.DISTILLATION).needsTeacher()) {
      throw new RecipeException(
          "--teacher: expected a recipe that distils, found distillation: "
              + recipe.valueAsYaml(Settings.DISTILLATION)
              + "; add --set distillation=hard or leave the teacher out");
    }
    int size = recipe.get(Settings.IMAGE_SIZE);
    Teacher loaded = Teacher.load(teacher, backend, size, recipe.get(Settings.POSITION_RESIZE));
    try {
      switch (loaded) {
        case ModelTeacher model -> requireSameChannels(model);
        case StoredDraws draws -> DrawsCheck.requireAllReadable(draws, maxBad);
        default ->
            requireSameImagesEveryTime(
                "give the model itself as --teacher, or what \"deit teach\" stores of this recipe");
      }
      return loaded;
    } catch (RecipeException e) {
      loaded.close();
      throw e;
    }
  }

  /**
   * Loads the teacher, which must be a model, for the recipe's images.
   *
   * @throws RecipeException if it is one of other images
   * @throws IOException if it cannot be read, or is no model
   */
  public ModelTeacher loadModel(Backend backend) throws IOException {
    int size = recipe.get(Settings.IMAGE_SIZE);
    var loaded = ModelTeacher.load(teacher, backend, size, recipe.get(Settings.POSITION_RESIZE));
    try {
      requireSameChannels(loaded);
      return loaded;
    } catch (RecipeException e) {
      loaded.close();
      throw e;
    }
  }

  private void requireSameChannels(ModelTeacher loaded) {
    int channels = loaded.info().config().channels();
    if (channels != recipe.get(Settings.CHANNELS)) {
      throw new RecipeException(
          "--teacher: expected a model for images of %d channels like the student, found %d"
              .formatted(recipe.get(Settings.CHANNELS), channels));
    }
  }

  /**
   * Checks that the recipe shows an image and its mirror image and nothing else, all that stored
   * logits know.
   *
   * @param otherwise what else could be done
   * @throws RecipeException with the settings that would do
   */
  private void requireSameImagesEveryTime(String otherwise) {
    List<String> changes = RecipeData.toMirrorAtMost(recipe);
    if (!changes.isEmpty()) {
      throw new RecipeException(
          "expected a recipe whose augmentation does no more than mirror, for stored logits;"
              + " add --set %s, or %s".formatted(String.join(" --set ", changes), otherwise));
    }
  }

  /**
   * Returns what decides the weights beside the recipe, see {@link Environment}.
   *
   * @param teaches null without a teacher
   */
  public Map<String, String> inputs(RunImages images, Teacher teaches) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("training-images", Integer.toString(images.training().size()));
    inputs.put("class-names", digest(images.training().classNames()));
    inputs.put("training-data", images.training().fingerprint());
    Dataset test = images.evaluation();
    inputs.put("test-data", test == null ? "none" : test.fingerprint());
    inputs.put("max-bad", Integer.toString(maxBad));
    inputs.putAll(teacherInputs(teaches));
    Optional<Path> start = Finetuning.file(recipe);
    if (start.isPresent()) {
      inputs.put("finetune", Sha256.of(SavedModel.weightFile(start.get())));
    }
    recipe
        .get(LossSettings.CLASS_WEIGHTS)
        .toCsv(images.training())
        .ifPresent(weights -> inputs.put("class-weights", Sha256.of(weights.getBytes(UTF_8))));
    if (Datasets.named(recipe.get(Settings.DATA)).needsDecoder()) {
      inputs.put("jpeg-decoder", recipe.get(ImageSettings.JPEG_DECODER).description());
    }
    return inputs;
  }

  /**
   * Returns what tells the teacher from others. What a model has said about a run's images is as
   * good as the model itself, so a run that had one may go on with the other.
   *
   * @param teaches null without a teacher
   */
  public Map<String, String> teacherInputs(Teacher teaches) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put(TEACHER, "none");
    if (teaches instanceof StoredDraws draws) {
      inputs.putAll(draws.info().inputs());
      inputs.keySet().retainAll(Set.of(TEACHER, TEACHER_SETTINGS));
    } else if (teacher != null) {
      inputs.put(TEACHER, Sha256.of(SavedModel.weightFile(teacher)));
    }
    if (teaches instanceof ModelTeacher model) {
      // Of a folder some of it lies beside the weights.
      inputs.put(TEACHER_SETTINGS, digest(new TreeMap<>(model.info().toMetadata())));
    }
    return inputs;
  }

  private static String digest(Object json) {
    return Sha256.of(JsonWriter.compact(json).getBytes(UTF_8));
  }

  /**
   * Opens the run's folder and keeps there which images are held out, and how much classes count.
   *
   * @throws DatasetException if a run is resumed that held out others
   * @throws IOException if the folder cannot be used
   */
  public RunFolder folder(Environment environment, RunImages images) throws IOException {
    RunFolder folder =
        resume
            ? RunFolder.resume(
                out, recipe, environment, images.training().size() / recipe.effectiveBatch())
            : RunFolder.create(out, recipe, environment);
    try {
      if (images.split().isPresent()) {
        writeSplit(folder, images.split().get());
      }
      Optional<String> weights = recipe.get(LossSettings.CLASS_WEIGHTS).toCsv(images.training());
      if (weights.isPresent()) {
        AtomicFiles.writeString(folder.file(ClassWeights.FILE), weights.get());
      }
      return folder;
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private static void writeSplit(RunFolder folder, ValidationSplit split) throws IOException {
    Path file = folder.file(ValidationSplit.FILE);
    if (!Files.exists(file)) {
      AtomicFiles.writeString(file, split.toCsv());
    } else if (!Files.readString(file).equals(split.toCsv())) {
      throw new DatasetException(
          "%s: expected the images that the run began with, found others: the split for validation"
              + " would be another; begin a new run with them",
          file);
    }
  }
}
