package io.github.deit4j.train;

import io.github.deit4j.autograd.FeatureMapOps.RunningStatistics;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The statistics of the batch normalisations of several ranks. They are kept until all grains are
 * done, and then taken into the running ones grain after grain, on every rank.
 */
final class BatchStatistics implements RunningStatistics {
  private final Backend backend;
  private final Shard shard;
  private final RankMessages messages;

  /** What this rank's grains have told, in their order; all tell of the same layers in a row. */
  private final List<Layer> layers = new ArrayList<>();

  /** What one normalisation has told of a grain. */
  private record Layer(
      Statistics running, float[] mean, float[] variance, long pixels, double momentum) {}

  BatchStatistics(Backend backend, Shard shard, RankMessages messages) {
    this.backend = backend;
    this.shard = shard;
    this.messages = messages;
  }

  @Override
  public void take(Statistics running, Statistics batch, long pixels, double momentum) {
    float[] mean = backend.toArray(batch.mean());
    layers.add(new Layer(running, mean, backend.toArray(batch.variance()), pixels, momentum));
  }

  /** Takes what all ranks have kept into the running statistics. */
  void update(TensorArena scratch) throws InterruptedException {
    int own = shard.endGrain() - shard.firstGrain();
    List<Layer> ofOne = layers.subList(0, layers.size() / own);
    int floats = ofOne.stream().mapToInt(layer -> 2 * layer.mean.length).sum();
    float[] all = new float[floats * shard.grains().count()];
    int at = floats * shard.firstGrain();
    for (Layer layer : layers) {
      int channels = layer.mean.length;
      System.arraycopy(layer.mean, 0, all, at, channels);
      System.arraycopy(layer.variance, 0, all, at + channels, channels);
      at += 2 * channels;
    }
    messages.gather(all, Arrays.stream(shard.starts()).map(start -> floats * start).toArray());
    at = 0;
    for (int grain = 0; grain < shard.grains().count(); grain++) {
      for (Layer layer : ofOne) {
        int channels = layer.mean.length;
        var batch =
            new Statistics(
                tensor(scratch, all, at, channels), tensor(scratch, all, at + channels, channels));
        backend
            .normalization()
            .updateStatistics(layer.running, batch, layer.pixels, layer.momentum);
        at += 2 * channels;
      }
    }
    layers.clear();
  }

  private Tensor tensor(TensorArena arena, float[] numbers, int from, int count) {
    Tensor tensor = arena.allocate(count);
    backend.write(tensor, MemorySegment.ofArray(Arrays.copyOfRange(numbers, from, from + count)));
    return tensor;
  }
}
