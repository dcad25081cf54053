package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.StoredImages;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoderTest;
import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.testing.FuzzedFormat;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Every image of a pack that opens is read, or is bad by itself. */
class PackFuzzTest extends FuzzedFormat {
  private static final int CHECKSUM_AT = 12;
  private static final int SIZE_AT = 16;
  private static final int IMAGES_AT = 24;

  @Override
  protected List<byte[]> examples() throws IOException {
    Path images = folder().resolve("images");
    var picture = new BufferedImage(5, 4, BufferedImage.TYPE_3BYTE_BGR);
    for (String name : List.of("a/1.png", "a/2.gif", "b/3.bmp")) {
      Files.createDirectories(images.resolve(name).getParent());
      String format = name.substring(name.length() - 3);
      Files.write(images.resolve(name), ImageDecoderTest.encode(picture, format));
    }
    Path pack = folder().resolve("train.pack");
    Path ofPixels = folder().resolve("pixels.pack");
    try (ImageFiles files = new ImageFolder().files(images, "images")) {
      PackWriter.write(files, pack, done -> {});
      PackedPixels pixels = new PackedPixels(3, Interpolation.BICUBIC, false);
      PackWriter.write(files, ofPixels, pixels, 1, done -> {});
    }
    return List.of(Files.readAllBytes(pack), Files.readAllBytes(ofPixels), new byte[64]);
  }

  /** Makes size and checksum right, so that the entries are looked at. */
  @Override
  protected byte[] repaired(byte[] content) {
    if (content.length < PackHeader.BYTES) {
      return content;
    }
    ByteBuffer pack = ByteBuffer.wrap(content.clone()).order(ByteOrder.LITTLE_ENDIAN);
    pack.putLong(SIZE_AT, content.length);
    long images = pack.getLong(IMAGES_AT);
    int end = images < PackHeader.BYTES || images > content.length ? content.length : (int) images;
    pack.putInt(CHECKSUM_AT, PackHeader.checksum(pack.slice(SIZE_AT, end - SIZE_AT)));
    return pack.array();
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.pack"), content);
    try (PackedImages pack =
        PackedImages.open(path, Decoding.STANDARD.withJpeg(JpegDecoder.IMAGEIO))) {
      for (int i = 0; i < pack.size(); i++) {
        assertThat(pack.label(i)).isBetween(0, pack.classNames().size() - 1);
        try {
          Image image = pack.image(i);
          assertThat(image.channels()).isEqualTo(3);
          if (pack.storedImages().isPresent()) {
            StoredImages stored = pack.storedImages().get();
            assertThat(stored.pixels(i).byteSize()).isEqualTo(image.pixels().length);
            assertThat(3 * stored.height(i) * stored.width(i)).isEqualTo(image.pixels().length);
          }
        } catch (CorruptImageException e) {
          assertThat(e.image()).isEqualTo(pack.name(i));
        }
      }
      return true;
    } catch (DatasetException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
      return false;
    }
  }
}
