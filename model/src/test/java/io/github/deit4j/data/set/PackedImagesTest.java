package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoderTest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedImagesTest {
  private static final int INDEX_LENGTH = 12;

  @TempDir Path dir;
  Path images;
  Path pack;

  /** Returns null for packs of files. */
  PackedPixels pixels() {
    return null;
  }

  /** Returns what a pack makes of an image. */
  Image asPacked(Image image) {
    return image;
  }

  @BeforeEach
  void makeImages() throws IOException {
    images = dir.resolve("images");
    pack = dir.resolve("train.pack");
    add("äpfel/b.png", 5, 4);
    add("äpfel/a.jpg", 20, 30);
    add("birnen/deep/c.png", 1, 1);
  }

  private void add(String name, int width, int height) throws IOException {
    Path file = images.resolve(name);
    Files.createDirectories(file.getParent());
    var picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    picture.setRGB(0, 0, name.hashCode());
    String format = name.endsWith("png") ? "png" : "jpeg";
    Files.write(file, ImageDecoderTest.encode(picture, format));
  }

  List<BadImage> write() throws IOException {
    try (ImageFiles folder = new ImageFolder().files(images, ImageFileFormat.WHOLE)) {
      return write(folder);
    }
  }

  private List<BadImage> write(ImageFiles folder) throws IOException {
    return pixels() == null
        ? PackWriter.write(folder, pack, done -> {})
        : PackWriter.write(folder, pack, pixels(), 2, done -> {});
  }

  PackedImages open() throws IOException {
    return PackedImages.open(pack, Decoding.STANDARD);
  }

  @Test
  void hasTheFoldersImagesInTheirOrder() throws IOException {
    assertThat(write()).isEmpty();
    try (ImageFiles folder = new ImageFolder().files(images, ImageFileFormat.WHOLE);
        PackedImages packed = open()) {
      assertThat(packed.size()).isEqualTo(3);
      assertThat(packed.channels()).isEqualTo(folder.channels());
      assertThat(packed.classNames()).containsExactly("birnen", "äpfel");
      for (int i = 0; i < 3; i++) {
        assertThat(packed.label(i)).isEqualTo(folder.label(i));
        assertThat(packed.path(i)).isEqualTo(folder.path(i));
        assertThat(packed.name(i)).isEqualTo(pack + ":" + folder.path(i));
        Image expected = asPacked(folder.image(i));
        assertThat(packed.image(i).shapeText()).isEqualTo(expected.shapeText());
        assertThat(packed.image(i).pixels()).isEqualTo(expected.pixels());
      }
      PackedImages.requireSame(pack, folder, pixels());
    }
  }

  @Test
  void aFileThatCannotBeReadKeepsItsPlace() throws IOException {
    Files.createSymbolicLink(images.resolve("birnen/a.png"), Path.of("nowhere.png"));
    assertThat(write()).extracting(BadImage::index).containsExactly(0);
    try (PackedImages packed = open()) {
      assertThat(packed.size()).isEqualTo(4);
      assertThatThrownBy(() -> packed.image(0))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("birnen/a.png: could not be read when it was packed");
      Image one = asPacked(new Image(3, 1, 1, new byte[3]));
      assertThat(packed.image(1).shapeText()).isEqualTo(one.shapeText());
    }
  }

  @Test
  void refusesToTakeOtherImagesForTheSame() throws IOException {
    write();
    add("birnen/d.png", 2, 2);
    try (ImageFiles folder = new ImageFolder().files(images, ImageFileFormat.WHOLE)) {
      assertThatThrownBy(() -> PackedImages.requireSame(pack, folder, pixels()))
          .isInstanceOf(DatasetException.class)
          .hasMessageContainingAll(pack.toString(), "another pack; remove it first");
    }
  }

  @Test
  void refusesAFileCutOffOrLengthened() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    for (int length = 0; length < whole.length; length += 1 + length / 20) {
      Files.write(pack, Arrays.copyOf(whole, length));
      assertRefused("%d bytes".formatted(length));
    }
    Files.write(pack, Arrays.copyOf(whole, whole.length + 1));
    assertRefused("one byte more");
    Files.delete(pack);
    assertRefused("no file");
  }

  @Test
  void refusesEveryChangeOfTheIndex() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    int dataOffset = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(24);
    for (int i = 0; i < dataOffset; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 0x10;
      Files.write(pack, changed);
      assertRefused("byte " + i);
    }
  }

  @Test
  void refusesSenselessEntriesWhateverTheChecksum() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      ByteBuffer changed = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
      int dataOffset = changed.getInt(24);
      int at = 16 + 4 * random.nextInt((dataOffset - 16) / 4);
      changed.putInt(at, random.nextBoolean() ? random.nextInt() : changed.getInt(at) + 1);
      changed.putInt(INDEX_LENGTH, checksum(changed, dataOffset));
      Files.write(pack, changed.array());
      try (PackedImages packed = open()) {
        for (int i = 0; i < packed.size(); i++) {
          assertThat(packed.label(i)).as("seed %d", seed).isBetween(0, 1);
          assertThat(packed.name(i)).as("seed %d", seed).isNotNull();
          readOrRefuse(packed, i);
        }
      } catch (DatasetException e) {
        assertThat(e).as("seed %d", seed).hasMessageStartingWith(pack.toString());
      }
    }
  }

  static int checksum(ByteBuffer file, int dataOffset) {
    return PackHeader.checksum(file.duplicate().limit(dataOffset).position(16));
  }

  private static void readOrRefuse(PackedImages packed, int image) {
    try {
      assertThat(packed.image(image).channels()).isEqualTo(3);
    } catch (CorruptImageException e) {
      assertThat(e.image()).isEqualTo(packed.name(image));
    }
  }

  @Test
  void refusesAnImageThatWasChanged() throws IOException {
    write();
    byte[] whole = Files.readAllBytes(pack);
    whole[whole.length - 30] ^= 1;
    Files.write(pack, whole);
    try (PackedImages packed = open()) {
      assertThat(packed.image(0).channels()).isEqualTo(3);
      assertThatThrownBy(() -> packed.image(2))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("äpfel/b.png: damaged: not what was packed");
    }
  }

  void assertRefused(String what) {
    assertThatThrownBy(() -> open().close())
        .as(what)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(pack.toString());
  }
}
