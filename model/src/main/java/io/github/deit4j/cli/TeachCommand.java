package io.github.deit4j.cli;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.ModelTeacher;
import io.github.deit4j.distill.StoredLogits;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.recipe.ImageSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.RunImages;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.session.RunSetup;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code deit teach}: what a teacher says about the training images, computed once. */
@Command(
    name = "teach",
    description = {
      "Compute a teacher's logits for a recipe's training images once, as they are and mirrored.",
      "The file serves as --teacher for recipes whose augmentation does no more than mirror."
    })
final class TeachCommand extends Subcommand.OnDevice {
  private static final int BATCH = 64;

  @Option(
      names = "--teacher",
      required = true,
      paramLabel = "FILE|NAME",
      description = "Weights of the teacher, a file, a folder or a name.")
  private Path teacher;

  @Mixin private NamedWeights named;

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "NAME|FILE",
      description = "The student's recipe.")
  private String recipe;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a setting of the recipe; may be given several times.")
  private List<String> sets = List.of();

  @Mixin private Options.Data data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The file of logits to write (safetensors), a new one.")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Recipe resolved = Recipe.load(recipe, sets);
    RunSetup.requireSameImagesEveryTime(resolved, "train with the model as --teacher");
    if (Files.exists(out)) {
      throw new UsageException("--out: expected a file that is not there yet, found " + out);
    }
    Path weights = named.locate(teacher, this);
    Path folder = data.locate(resolved.get(Settings.DATA), terminal);
    try (Backend backend = device.open();
        ModelTeacher model = ModelTeacher.load(weights, backend);
        RunImages all = RunImages.open(resolved, folder)) {
      Dataset images = all.training();
      Trainer.check(resolved, images, model);
      var logits = new StoredLogits.Builder(backend, model.classNames());
      for (double flip : new double[] {0, 1}) {
        add(logits, backend, model, images, resolved.with(ImageSettings.FLIP, flip));
      }
      logits.write(out);
      report(logits.images());
    }
    return ExitCode.OK;
  }

  private void add(
      StoredLogits.Builder logits,
      Backend backend,
      ModelTeacher model,
      Dataset images,
      Recipe sameEveryTime)
      throws IOException, InterruptedException {
    Preprocessing preprocessing = RecipeData.preprocessing(sameEveryTime);
    try (EvalLoader loader =
            new EvalLoader(
                images, RecipeData.training(sameEveryTime), BATCH, 1, TeachCommand::refuse);
        TensorArena arena = backend.arena("teach");
        ProgressBar bar = new ProgressBar(terminal, json, "teaching", "images", images.size())) {
      int done = 0;
      for (Optional<SampleBatch> next = loader.next(); next.isPresent(); next = loader.next()) {
        SampleBatch batch = next.get();
        arena.reset();
        Tensor input = preprocessing.normalized(backend, arena, batch.pixels(), batch.size());
        logits.add(input, model.logits(Ops.inference(backend, arena), input));
        done += batch.size();
        bar.update(done);
      }
    }
  }

  /** Training would leave it out under --max-bad; without logits it could not. */
  private static void refuse(BadImage image) {
    throw new UsageException("cannot compute logits for " + image + "; take it out of the data");
  }

  private void report(int images) {
    print(
        JsonWriter.object("images", images, "out", out.toString()),
        () -> terminal.say("logits of %,d images are in %s".formatted(images, out)));
  }
}
