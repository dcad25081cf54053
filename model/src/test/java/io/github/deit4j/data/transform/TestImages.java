package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;

/** Makes small images and streams. */
final class TestImages {
  private TestImages() {}

  static Image of(int channels, int height, int width, int... levels) {
    byte[] pixels = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      pixels[i] = (byte) levels[i];
    }
    return new Image(channels, height, width, pixels);
  }

  /** Returns an image whose levels count up from 0. */
  static Image counting(int channels, int height, int width) {
    int[] levels = new int[channels * height * width];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = i;
    }
    return of(channels, height, width, levels);
  }

  static int[] levels(Image image) {
    int[] levels = new int[image.pixels().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = image.pixels()[i] & 0xFF;
    }
    return levels;
  }

  static Philox random(int position) {
    return new Philox(1, 2, 0, position);
  }

  /** A stream for transforms that draw nothing: they would fail on it. */
  static Philox none() {
    return null;
  }
}
