package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", 1 << 20);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private float[] normalized(Normalize normalize, int images, int size, int... levels) {
    byte[] pixels = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      pixels[i] = (byte) levels[i];
    }
    int channels = normalize.channels();
    var preprocessing = new Preprocessing(size, channels, normalize, 1, Interpolation.BICUBIC);
    return backend.toArray(preprocessing.normalized(backend, arena, pixels, images));
  }

  @Test
  void dividesSubtractsAndDividesInFloat() {
    assertThat(normalized(Normalize.IMAGENET, 2, 1, 0, 51, 254, 255, 1, 128))
        .containsExactly(
            (0 / 255f - 0.485f) / 0.229f,
            (51 / 255f - 0.456f) / 0.224f,
            (254 / 255f - 0.406f) / 0.225f,
            (255 / 255f - 0.485f) / 0.229f,
            (1 / 255f - 0.456f) / 0.224f,
            (128 / 255f - 0.406f) / 0.225f);
  }

  @Test
  void takesEveryPixelOfAPlane() {
    Normalize normalize = new Normalize(List.of(0.5f), List.of(0.25f));
    assertThat(normalized(normalize, 1, 2, 0, 255, 255, 0)).containsExactly(-2, 2, 2, -2);
  }

  @Test
  void refusesImagesOfOtherChannels() {
    assertThatThrownBy(() -> normalized(new FashionMnist().normalize(), 1, 1, 1, 2, 3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("[1, 1, 1, 1]", "found 3");
  }
}
