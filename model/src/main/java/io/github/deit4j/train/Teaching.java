package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.BadImageLog;
import io.github.deit4j.data.BatchLoader;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DrawsInfo;
import io.github.deit4j.distill.DrawsWriter;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Asks a teacher about every image that training by a recipe will draw, epoch by epoch, and stores
 * the answers. The images are made and grouped as a {@link TrainingStep} does, so that the answers
 * have the bits that the teacher's would have there.
 *
 * @param backend what computes
 * @param recipe resolved
 * @param images what the student learns from; all must be readable
 * @param teacher that is asked
 * @param dataThreads threads that decode and augment images ahead; changes no result
 * @param badImages hears of an image that cannot be read, and ends the work
 */
public record Teaching(
    Backend backend,
    Recipe recipe,
    Dataset images,
    Teacher teacher,
    int dataThreads,
    BadImageLog badImages) {
  /**
   * Asks about all steps that have no answers yet.
   *
   * @param answers takes them
   * @param progress hears how many steps are done
   * @param stops asked after each step whether to end
   * @return whether there are answers to all
   * @throws DatasetException if an image is not what it was in an earlier step
   * @throws IOException if something cannot be read or written
   */
  public boolean run(DrawsWriter answers, IntConsumer progress, BooleanSupplier stops)
      throws IOException, InterruptedException {
    DrawsInfo info = answers.info();
    try (TensorArena batchArena = backend.arena("batch");
        TensorArena stepArena = backend.arena("step");
        TensorArena storedArena = backend.arena("stored images")) {
      var cuts = new StoredImageCuts(backend, storedArena);
      int step = answers.nextMissing(0);
      while (step >= 0) {
        int first = step;
        try (BatchLoader loader = loader(info, first)) {
          for (; step == answers.nextMissing(first); step++) {
            SampleBatch batch = loader.next();
            requireContents(batch, answers);
            batchArena.reset();
            var augmented = new AugmentedBatch(backend, batchArena, cuts, batch, all(), recipe);
            ask(augmented, answers, stepArena);
            answers.endStep(step);
            progress.accept(info.steps() - answers.missing());
            if (stops.getAsBoolean()) {
              return answers.missing() == 0;
            }
          }
        }
        step = answers.nextMissing(step);
      }
      return true;
    }
  }

  private BatchLoader loader(DrawsInfo info, int step) throws DatasetException {
    int perEpoch = info.stepsPerEpoch();
    return new BatchLoader(
        images,
        RecipeData.training(recipe),
        RecipeData.batches(recipe, step / perEpoch, step % perEpoch),
        dataThreads,
        badImages);
  }

  /** Returns the positions of a whole effective batch. */
  private int[] all() {
    return BatchLoader.Part.all(Grains.of(recipe).images()).positions();
  }

  private void requireContents(SampleBatch batch, DrawsWriter answers) throws IOException {
    for (int image : batch.indices()) {
      if (!answers.isContent(image, images.checksum(image))) {
        throw new DatasetException(
            "%s: expected the content that was decoded before for these answers, found another; put"
                + " the file back as it was, or delete the unfinished file and begin anew",
            images.name(image));
      }
    }
  }

  private void ask(AugmentedBatch augmented, DrawsWriter answers, TensorArena stepArena)
      throws IOException {
    Grains grains = Grains.of(recipe);
    int micro = recipe.get(Settings.BATCH);
    for (int grain = 0; grain < grains.count(); grain++) {
      int end = grains.firstImage(grain + 1);
      for (int from = grains.firstImage(grain); from < end; from += micro) {
        stepArena.reset();
        Tensor input = augmented.images(stepArena, from, Math.min(end, from + micro));
        Ops ops = Ops.inference(backend, stepArena);
        answers.add(ops, teacher.logits(ops, input, augmented.place(from)));
      }
    }
  }
}
