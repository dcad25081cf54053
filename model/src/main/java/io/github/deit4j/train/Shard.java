package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.BatchLoader;
import java.util.stream.IntStream;

/**
 * What one rank does of every effective batch: some neighbouring grains.
 *
 * @param grains of the batch
 * @param starts the first grain of every rank, and behind the last rank the number of grains
 * @param rank whose shard this is
 */
@SuppressWarnings("ArrayRecordComponent") // nobody changes it
record Shard(Grains grains, int[] starts, int rank) {
  static Shard of(Grains grains, Collective ranks) {
    return new Shard(grains, grains.shares(ranks.size()), ranks.rank());
  }

  int firstGrain() {
    return starts[rank];
  }

  int endGrain() {
    return starts[rank + 1];
  }

  int firstImage() {
    return grains.firstImage(firstGrain());
  }

  int endImage() {
    return grains.firstImage(endGrain());
  }

  /** Returns the first image of every rank, and behind the last rank the number of images. */
  int[] firstImages() {
    return IntStream.of(starts).map(grains::firstImage).toArray();
  }

  /** Returns which samples the rank has to have: its own, and those that are mixed into them. */
  BatchLoader.Part samples(Mixup mixup) {
    IntStream own = IntStream.range(firstImage(), endImage());
    IntStream partners =
        mixup.isOn()
            ? IntStream.range(firstImage(), endImage())
                .map(image -> mixup.partner(image, grains.images()))
            : IntStream.empty();
    int[] positions = IntStream.concat(own, partners).sorted().distinct().toArray();
    return new BatchLoader.Part(positions, firstImage(), endImage());
  }
}
