package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.StoredImage;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the backend cuts out of stored images is what the host would. Here on the CPU. */
@ExtendWith(Seed.class)
class StoredImageCutsTest {
  private static final int SIDE = 8;

  Backend open() {
    return new CpuBackend(2);
  }

  private static StoredImage view(RandomGenerator random, MemorySegment pixels, int h, int w) {
    int top = random.nextInt(-2, Math.max(-1, h - SIDE + 3));
    int left = random.nextInt(-2, Math.max(-1, w - SIDE + 3));
    ImageView view = ImageView.whole(3, h, w).crop(top, left, SIDE, SIDE).orElseThrow();
    return new StoredImage(pixels, random.nextBoolean() ? view.mirror() : view);
  }

  /** Batches of several sizes; images in a row are views of the same one, or are not. */
  @Test
  void cutsWhatTheHostCuts(RandomGenerator random) {
    try (Backend backend = open();
        TensorArena arena = backend.arena("test");
        TensorArena stored = backend.arena("stored images")) {
      var cuts = new StoredImageCuts(backend, stored);
      for (int round = 0; round < 30; round++) {
        List<StoredImage> images = new ArrayList<>();
        while (images.size() < 9) {
          int height = random.nextInt(5, 30);
          int width = random.nextInt(5, 30);
          byte[] bytes = new byte[3 * height * width];
          random.nextBytes(bytes);
          MemorySegment pixels = MemorySegment.ofArray(bytes);
          for (int copies = random.nextInt(1, 4); copies > 0 && images.size() < 9; copies--) {
            images.add(view(random, pixels, height, width));
          }
        }
        arena.reset();
        Tensor samples = arena.allocate(DType.U8, Shape.of(9, 3, SIDE, SIDE));
        cuts.cut(samples, images);
        byte[] found = new byte[9 * 3 * SIDE * SIDE];
        backend.read(MemorySegment.ofArray(found), samples);
        ByteBuffer expected = ByteBuffer.allocate(found.length);
        images.forEach(image -> expected.put(image.toImage().pixels()));
        assertThat(found).isEqualTo(expected.array());
      }
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS) // where a mapped file cannot be cut off
  void saysThatImagesAreGone(@TempDir Path folder) throws IOException {
    int side = 256;
    Path file = Files.write(folder.resolve("images"), new byte[3 * side * side]);
    try (Arena memory = Arena.ofShared();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Backend backend = open();
        TensorArena arena = backend.arena("test");
        TensorArena stored = backend.arena("stored images")) {
      var cuts = new StoredImageCuts(backend, stored);
      MemorySegment pixels = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), memory);
      channel.truncate(10);
      Tensor samples = arena.allocate(DType.U8, Shape.of(1, 3, side, side));
      List<StoredImage> images = List.of(new StoredImage(pixels, ImageView.whole(3, side, side)));
      assertThatThrownBy(() -> cuts.cut(samples, images))
          .isInstanceOf(UncheckedIOException.class)
          .hasCauseInstanceOf(DatasetException.class)
          .hasMessageContaining("can't be read any more");
    }
  }
}
