package io.github.deit4j.cli;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DrawsInfo;
import io.github.deit4j.distill.DrawsWriter;
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
import io.github.deit4j.train.DrawsCheck;
import io.github.deit4j.train.Teaching;
import io.github.deit4j.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code deit teach}: what a teacher says about the training images, computed once. The recipe
 * decides how it is kept: where images always look the same, by image ({@link StoredLogits}), else
 * by draw ({@link io.github.deit4j.distill.StoredDraws}).
 */
@Command(
    name = "teach",
    description = {
      "Compute once what a teacher says about a recipe's training images. The file serves as"
          + " --teacher, in place of the model, with the same result.",
      "Where the recipe does no more than mirror images: logits of each image and its mirror image,"
          + " for any number of epochs.",
      "Else the answers to every image of every epoch as the recipe augments and mixes it: labels"
          + " with distillation: hard, logits with soft, which serve both. They serve runs whose"
          + " images are the same: data, seed, batch x accumulate, augmentation, precision; as many"
          + " epochs, or fewer. How many bytes they take is said first. The same command goes on"
          + " where it was interrupted, in FILE.part."
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
      description = "The file to write (safetensors), a new one.")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> changes = new ArrayList<>(sets);
    device.recipeChange().ifPresent(changes::add);
    Recipe asked = Recipe.load(recipe, changes);
    Optional<DrawsInfo> there = DrawsWriter.complete(out);
    requireNew(there.isEmpty());
    Path weights = named.locate(teacher, this);
    Path folder = data.locate(asked.get(Settings.DATA), terminal);
    RunSetup setup = new RunSetup(asked, folder, null, weights, false, 0).resolved(terminal::say);
    Recipe resolved = setup.recipe();
    try (Backend backend = device.open(resolved.get(Settings.PRECISION));
        ModelTeacher model = setup.loadModel(backend);
        RunImages all = RunImages.open(resolved, folder)) {
      Dataset images = all.training();
      Trainer.check(resolved, images, model);
      if (!RecipeData.toMirrorAtMost(resolved).isEmpty()) {
        return teachDraws(setup, backend, model, images, there);
      }
      requireNew(true);
      var logits = new StoredLogits.Builder(backend, model.classNames());
      for (double flip : new double[] {0, 1}) {
        add(logits, backend, model, images, resolved.with(ImageSettings.FLIP, flip));
      }
      logits.write(out);
      report(logits.images());
    }
    return ExitCode.OK;
  }

  private void requireNew(boolean isWanted) {
    if (isWanted && Files.exists(out)) {
      throw new UsageException("--out: expected a file that is not there yet, found " + out);
    }
  }

  /**
   * Asks about every image of every epoch, each of which is another.
   *
   * @param there what the file holds, if it is complete: then nothing is left to do
   */
  private int teachDraws(
      RunSetup setup,
      Backend backend,
      ModelTeacher model,
      Dataset images,
      Optional<DrawsInfo> there)
      throws IOException, InterruptedException {
    DrawsInfo info = DrawsCheck.info(setup.recipe(), images, setup.teacherInputs(model), backend);
    requireNew(there.isPresent() && !there.get().equals(info));
    if (there.isPresent()) {
      report(info, true, info.steps());
      return ExitCode.OK;
    }
    Optional<DrawsInfo> begun = DrawsWriter.begun(out);
    if (begun.isPresent()) {
      DrawsCheck.requireSame(DrawsWriter.part(out), begun.get(), info);
    }
    var bad = new BadImageLog(0, TeachCommand::refuse);
    var teaching = new Teaching(backend, setup.recipe(), images, model, device.threads(), bad);
    long draws = (long) info.steps() * info.batch();
    try (DrawsWriter answers = DrawsWriter.open(out, info);
        StopSignal signal = new StopSignal()) {
      signal.exitWith(ExitCode.STOPPED);
      announce(info, info.steps() - answers.missing());
      boolean complete;
      try (ProgressBar bar = new ProgressBar(terminal, json, "teaching", "images", draws)) {
        IntConsumer progress = steps -> bar.update((long) steps * info.batch());
        progress.accept(info.steps() - answers.missing());
        complete = teaching.run(answers, progress, signal::asked);
      }
      if (complete) {
        answers.finish();
        signal.exitWith(ExitCode.OK);
      }
      report(info, complete, info.steps() - answers.missing());
      return complete ? ExitCode.OK : ExitCode.STOPPED;
    }
  }

  private void announce(DrawsInfo info, int done) {
    terminal.say(
        "%s of a teacher for %,d %s of %,d images: %,d bytes in %s%s"
            .formatted(
                info.type() == DistillationType.HARD ? "labels" : "logits",
                info.epochs(),
                info.epochs() == 1 ? "epoch" : "epochs",
                (long) info.stepsPerEpoch() * info.batch(),
                info.fileBytes(),
                out,
                done == 0 ? "" : "; %,d of %,d steps are there".formatted(done, info.steps())));
  }

  private void report(DrawsInfo info, boolean complete, int steps) {
    long images = (long) steps * info.batch();
    print(
        JsonWriter.object(
            "images", images,
            "epochs", info.epochs(),
            "bytes", info.fileBytes(),
            "stopped", !complete,
            "out", out.toString()),
        () ->
            terminal.say(
                complete
                    ? "answers to %,d images are in %s".formatted(images, out)
                    : "stopped after %,d of %,d steps; the same command goes on"
                        .formatted(steps, info.steps())));
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
