package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.data.Transform;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the heads of a model see of a data set's images, computed once: where all but the heads is
 * frozen and images are the same in every epoch, nothing else of them is ever needed. The numbers
 * have the bits that a forward pass of training gives.
 */
final class FrozenFeatures implements AutoCloseable {
  private static final int BATCH = 64;

  /** Stands for an image of which nobody needs the pixels. */
  private static final Image NO_PIXELS = new Image(1, 1, 1, new byte[1]);

  private final Backend backend;
  private final Dataset images;
  private final int from;
  private final int to;
  private final TensorArena arena;

  /** For each head [images, width]; rows of what could not be read hold nothing. */
  private final List<Tensor> features = new ArrayList<>();

  private final Map<Integer, BadImage> bad = new HashMap<>();

  private FrozenFeatures(Backend backend, ModelConfig config, Dataset images, int from, int to) {
    this.backend = backend;
    this.images = images;
    this.from = from;
    this.to = to;
    this.arena = backend.arena("features");
    try {
      for (int head = 0; head < (config.distilled() ? 2 : 1); head++) {
        features.add(arena.allocate(Math.max(1, to - from), config.featureWidth()));
      }
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Computes the features of a run's images {@code from} to {@code to} − 1.
   *
   * @param transform makes of an image always the same
   */
  static FrozenFeatures compute(
      Trainer run, Model model, Dataset images, Transform transform, int from, int to)
      throws DatasetException, InterruptedException {
    Backend backend = run.backend();
    Preprocessing preprocessing = RecipeData.preprocessing(run.recipe());
    var all = new FrozenFeatures(backend, model.config(), images, from, to);
    try (EvalLoader loader =
            new EvalLoader(
                images,
                transform,
                BATCH,
                run.dataThreads(),
                image -> all.bad.put(image.index(), image),
                from,
                to);
        TensorArena batchArena = backend.arena("features of a batch");
        BatchInference inference = new BatchInference(backend)) {
      model.prepare(backend);
      int done = 0;
      for (Optional<SampleBatch> next = loader.next(); next.isPresent(); next = loader.next()) {
        SampleBatch samples = next.get();
        batchArena.reset();
        Tensor input =
            preprocessing.normalized(backend, batchArena, samples.pixels(), samples.size());
        List<Tensor> batch = new ArrayList<>();
        for (Tensor ofHead : all.features) {
          batch.add(batchArena.allocate(samples.size(), ofHead.shape().size(1)));
        }
        inference.features(model, input, batch);
        all.put(batch, samples.indices());
        done += samples.size();
        run.listener().evaluating(done, to - from);
      }
      return all;
    } catch (DatasetException | InterruptedException | RuntimeException | Error e) {
      all.close();
      throw e;
    }
  }

  private void put(List<Tensor> batch, int[] indices) {
    for (int head = 0; head < batch.size(); head++) {
      for (int i = 0; i < indices.length; i++) {
        backend.copy(row(features.get(head), indices[i] - from), row(batch.get(head), i));
      }
    }
  }

  private static Tensor row(Tensor rows, int row) {
    return rows.slice(row, row + 1);
  }

  /** Returns the images without their pixels: those without features can't be read. */
  Dataset placeholders() {
    return new Placeholders(images, bad);
  }

  private record Placeholders(Dataset whole, Map<Integer, BadImage> bad) implements DatasetView {
    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      BadImage known = bad.get(index);
      if (known != null) {
        throw new CorruptImageException(known.name(), known.reason());
      }
      return NO_PIXELS;
    }
  }

  /** Returns the unreadable images, in their order. */
  List<BadImage> bad() {
    return bad.values().stream().sorted(Comparator.comparingInt(BadImage::index)).toList();
  }

  /** Returns the indices of all images that have features, in parts of a batch. */
  List<int[]> batches() {
    int[] all = IntStream.range(from, to).filter(index -> !bad.containsKey(index)).toArray();
    List<int[]> batches = new ArrayList<>();
    for (int first = 0; first < all.length; first += BATCH) {
      batches.add(IntStream.of(all).skip(first).limit(BATCH).toArray());
    }
    return batches;
  }

  /** Returns the features of some images, for each head [indices, width]. */
  List<Tensor> of(TensorArena into, int[] indices) {
    List<Tensor> chosen = new ArrayList<>();
    for (Tensor ofHead : features) {
      Tensor rows = into.allocate(indices.length, ofHead.shape().size(1));
      for (int i = 0; i < indices.length; i++) {
        backend.copy(row(rows, i), row(ofHead, indices[i] - from));
      }
      chosen.add(rows);
    }
    return chosen;
  }

  @Override
  public void close() {
    arena.close();
  }
}
