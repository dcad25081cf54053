package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.StoredImages;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.random.Philox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The same of packs of pixels. */
class PackedPixelsTest extends PackedImagesTest {
  private static final int SIDE = 7;
  private static final Resize RESIZE = new Resize(SIDE, Interpolation.BILINEAR);

  @Override
  PackedPixels pixels() {
    return new PackedPixels(SIDE, Interpolation.BILINEAR, false);
  }

  @Override
  Image asPacked(Image image) {
    return RESIZE.apply(image, new Philox(0, 0, 0, 0));
  }

  @Test
  void hasItsImagesInMemory() throws IOException {
    write();
    try (PackedImages packed = open()) {
      StoredImages stored = packed.storedImages().orElseThrow();
      for (int i = 0; i < packed.size(); i++) {
        Image image = packed.image(i);
        assertThat(stored.height(i)).isEqualTo(image.height());
        assertThat(stored.width(i)).isEqualTo(image.width());
        assertThat(stored.pixels(i).asByteBuffer()).isEqualTo(ByteBuffer.wrap(image.pixels()));
      }
    }
  }

  @Test
  void doesNotHandOutWhatWasChanged() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    whole[whole.length - 30] ^= 1;
    Files.write(pack, whole);
    try (PackedImages packed = open()) {
      StoredImages stored = packed.storedImages().orElseThrow();
      assertThat(stored.pixels(0).byteSize()).isEqualTo(3L * SIDE * SIDE);
      assertThatThrownBy(() -> stored.pixels(2))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("äpfel/b.png: damaged: not what was packed");
    }
  }

  /** A length that is not the size's, or a side that is not the pack's. */
  @Test
  void refusesSizesThatAreNotTheImages() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    int entry = PackHeader.BYTES;
    for (int at : new int[] {entry + 24, entry + 28, 48}) {
      for (int value : new int[] {0, SIDE + 1, -1, Integer.MAX_VALUE}) {
        ByteBuffer changed = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
        changed.putInt(at, value);
        changed.putInt(12, checksum(changed, changed.getInt(24)));
        Files.write(pack, changed.array());
        assertRefused("%d at %d".formatted(value, at));
      }
    }
  }

  @Test
  void isOfPicturesTurnedAsTheRecipeWantsThem() throws IOException {
    write();
    assertThatThrownBy(
            () -> PackedImages.open(pack, Decoding.STANDARD.withExifOrientation(true)).close())
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(pack.toString(), "--exif-orientation");
  }

  @Test
  void anotherSizeIsAnotherPack() throws IOException {
    write();
    try (ImageFiles folder = new ImageFolder().files(images, ImageFileFormat.WHOLE)) {
      PackedPixels other = new PackedPixels(SIDE + 1, Interpolation.BILINEAR, false);
      for (PackedPixels wanted : new PackedPixels[] {other, null}) {
        assertThatThrownBy(() -> PackedImages.requireSame(pack, folder, wanted))
            .isInstanceOf(DatasetException.class)
            .hasMessageContainingAll(pack.toString(), "another pack; remove it first");
      }
    }
  }
}
