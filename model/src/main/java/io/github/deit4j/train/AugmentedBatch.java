package io.github.deit4j.train;

import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.distill.WeightedTargets;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.recipe.ImageSettings;
import io.github.deit4j.recipe.LossSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A rank's samples of an effective batch on the backend, handed out in parts as the model sees
 * them: normalised, erased, mixed. Only their bytes are kept; a part's partners are made once more,
 * which costs less than the memory for all. What a part holds does not depend on where the batch is
 * cut. Images are named by their position in the effective batch.
 */
final class AugmentedBatch {
  private final Backend backend;
  private final SampleBatch batch;
  private final int[] positions;
  private final Recipe recipe;
  private final long seed;
  private final Normalize normalize;
  private final Tensor bytes;
  private final Mixup mixup;
  private final List<Mixup.Draw> mixes;
  private final int whole;
  private final int first;

  /**
   * Brings samples to the backend.
   *
   * @param arena where their bytes go
   * @param batch some samples of an effective batch
   * @param positions which ones, ascending
   * @param recipe says what happens to them
   */
  AugmentedBatch(
      Backend backend, TensorArena arena, SampleBatch batch, int[] positions, Recipe recipe) {
    this.backend = backend;
    this.batch = batch;
    this.positions = positions;
    this.recipe = recipe;
    this.seed = recipe.get(Settings.SEED);
    this.normalize = RecipeData.preprocessing(recipe).normalize();
    int height = batch.height();
    int width = batch.width();
    this.whole = Math.toIntExact(recipe.effectiveBatch());
    this.first = Math.multiplyExact(batch.step(), whole);
    this.mixup = Mixup.of(recipe);
    this.mixes = mixup.draw(seed, batch.epoch(), first, whole, height, width);
    this.bytes = arena.allocate(DType.U8, Shape.of(batch.size(), batch.channels(), height, width));
    backend.write(bytes, MemorySegment.ofArray(batch.pixels()));
  }

  private int index(int position) {
    return Arrays.binarySearch(positions, position);
  }

  /**
   * Returns the targets of the images {@code from} to {@code to} − 1.
   *
   * @param weights of the classes; null for 1
   * @return of [to − from, classes]
   */
  WeightedTargets targets(TensorArena arena, int classes, float[] weights, int from, int to) {
    int[] labels = new int[to - from];
    int[] others = new int[to - from];
    double[] lambdas = new double[to - from];
    for (int i = from; i < to; i++) {
      labels[i - from] = batch.labels()[index(i)];
      others[i - from] = batch.labels()[index(mixup.isOn() ? mixup.partner(i, whole) : i)];
      lambdas[i - from] = mixes.get(i).lambda();
    }
    double smoothing = recipe.get(LossSettings.SMOOTHING);
    if (!recipe.get(LossSettings.BCE_LOSS)) {
      return WeightedTargets.of(
          Targets.mixed(backend, arena, labels, others, lambdas, classes, smoothing, weights));
    }
    return new WeightedTargets(
        Targets.binary(backend, arena, labels, others, lambdas, classes),
        weights == null ? null : Targets.imageWeights(labels, others, lambdas, weights));
  }

  /** Returns where in the run the image {@code from} and those behind it come. */
  Teacher.Place place(int from) {
    return new Teacher.Place(batch.epoch(), first + from);
  }

  /** Returns which images of the data set {@code from} to {@code to} − 1 are. */
  int[] indices(int from, int to) {
    return IntStream.range(from, to).map(i -> batch.indices()[index(i)]).toArray();
  }

  /**
   * Returns the images {@code from} to {@code to} − 1.
   *
   * @return [to − from, channels, height, width]
   */
  Tensor images(TensorArena arena, int from, int to) {
    Tensor images = erased(arena, from, to);
    int start = from;
    while (start < to) {
      int end = Math.min(to, mixup.groupEnd(start, whole));
      mix(arena, images.slice(start - from, end - from), start, end);
      start = end;
    }
    return images;
  }

  /** Mixes images of one group with their partners. */
  private void mix(TensorArena arena, Tensor images, int from, int to) {
    List<ImageMix> pixels = mixes.subList(from, to).stream().map(Mixup.Draw::pixels).toList();
    if (pixels.stream().anyMatch(mix -> !mix.equals(ImageMix.NONE))) {
      int ofLast = mixup.partner(to - 1, whole);
      int ofFirst = mixup.partner(from, whole);
      backend.pixels().mix(images, erased(arena, ofLast, ofFirst + 1), pixels);
    }
  }

  private Tensor erased(TensorArena arena, int from, int to) {
    Tensor pixels = bytes.slice(index(from), index(from) + to - from);
    Tensor images = arena.allocate(DType.F32, pixels.shape());
    backend.pixels().normalize(images, pixels, normalize.means(), normalize.deviations());
    var erasing =
        new RandomErasing(
            recipe.get(ImageSettings.ERASE),
            recipe.get(ImageSettings.ERASE_MODE),
            recipe.get(ImageSettings.ERASE_COUNT));
    int epoch = batch.epoch();
    List<Erasure> erasures = new ArrayList<>();
    for (int i = from; i < to; i++) {
      erasures.addAll(
          erasing.draw(seed, epoch, first + i, i - from, batch.height(), batch.width()));
    }
    if (!erasures.isEmpty()) {
      backend.pixels().erase(images, erasures);
    }
    return images;
  }
}
