package io.github.deit4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Images of 1x2x2 whose pixels are the image's index; some can't be read. */
record NumberedDataset(int size, Set<Integer> bad) implements Dataset {
  static NumberedDataset of(int size, Integer... bad) {
    return new NumberedDataset(size, Set.of(bad));
  }

  @Override
  public int channels() {
    return 1;
  }

  @Override
  public List<String> classNames() {
    return List.of("even", "odd");
  }

  @Override
  public int label(int index) {
    return index % 2;
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    if (bad.contains(index)) {
      throw new CorruptImageException(name(index), "torn");
    }
    byte[] pixels = new byte[4];
    Arrays.fill(pixels, (byte) index);
    return new Image(1, 2, 2, pixels);
  }

  /** Returns the indices of a batch's images. */
  static int[] indices(SampleBatch batch) {
    int[] indices = new int[batch.size()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = batch.pixels()[i * (batch.pixels().length / batch.size())] & 0xFF;
    }
    return indices;
  }
}
