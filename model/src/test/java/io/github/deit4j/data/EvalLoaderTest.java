package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.transform.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvalLoaderTest {
  private final List<BadImage> badImages = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void takesEveryImageOnceAndInOrder(int threads) throws Exception {
    try (var loader = loader(NumberedDataset.of(8), 3, threads)) {
      List<int[]> batches = allIndices(loader);
      assertThat(batches)
          .containsExactly(new int[] {0, 1, 2}, new int[] {3, 4, 5}, new int[] {6, 7});
      assertThat(badImages).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void leavesOutAndCountsBadImages(int threads) throws Exception {
    try (var loader = loader(NumberedDataset.of(9, 1, 3, 4, 5, 8), 3, threads)) {
      assertThat(allIndices(loader)).containsExactly(new int[] {0, 2}, new int[] {6, 7});
      assertThat(badImages).extracting(BadImage::index).containsExactly(1, 3, 4, 5, 8);
    }
  }

  @Test
  void takesADataSetSmallerThanABatch() throws Exception {
    try (var loader = loader(NumberedDataset.of(2), 100, 1)) {
      assertThat(loader.next().orElseThrow().labels()).containsExactly(0, 1);
      assertThat(loader.next()).isEmpty();
    }
  }

  @Test
  void saysWhenNoImageCanBeRead() {
    try (var loader = loader(NumberedDataset.of(2, 0, 1), 1, 1)) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(DatasetException.class)
          .hasMessageContainingAll("none", "2 images", "image 0: torn");
    }
  }

  private EvalLoader loader(Dataset dataset, int batchSize, int threads) {
    return new EvalLoader(dataset, Pipeline.of(), batchSize, threads, badImages::add);
  }

  private static List<int[]> allIndices(EvalLoader loader) throws Exception {
    List<int[]> batches = new ArrayList<>();
    Optional<SampleBatch> batch = loader.next();
    while (batch.isPresent()) {
      batches.add(NumberedDataset.indices(batch.get()));
      batch = loader.next();
    }
    return batches;
  }
}
