package io.github.deit4j.cli;

import io.github.deit4j.data.set.IdxFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Writes Fashion-MNIST's four files, with few images of any size that differ by class. */
public final class TinyFashionMnist {
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
  static final List<String> FILES =
      List.of(TRAIN_IMAGES, TRAIN_LABELS, "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");

  private static final int CLASSES = 10;

  private TinyFashionMnist() {}

  /** Writes so many images of a side to train on and to test with. */
  public static void write(Path folder, int side, int train, int test) throws IOException {
    Files.createDirectories(folder);
    List<byte[]> contents =
        List.of(images(train, side, 1), labels(train), images(test, side, 2), labels(test));
    for (int i = 0; i < FILES.size(); i++) {
      Files.write(folder.resolve(FILES.get(i)), IdxFiles.gzip(contents.get(i)));
    }
  }

  /** Returns the IDX file of images: noise, brighter in the rows and columns of the class. */
  static byte[] images(int count, int side, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    byte[] pixels = new byte[count * side * side];
    for (int i = 0; i < pixels.length; i++) {
      int label = i / (side * side) % CLASSES;
      boolean bright = i / side % side == label % side || i % side == label * 3 % side;
      pixels[i] = (byte) (random.nextInt(128) + (bright ? 127 : 0));
    }
    return IdxFiles.of(pixels, count, side, side);
  }

  /** Returns the IDX file of the labels that {@link #images} go with. */
  static byte[] labels(int count) throws IOException {
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % CLASSES);
    }
    return IdxFiles.of(labels, count);
  }
}
