package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that ask for much are bad images, at once and whatever the heap. */
@Timeout(60)
class ImageBombTest {
  private static void assertRefused(byte[] file, String... why) {
    assertThatThrownBy(() -> ImageDecoder.decode("bomb", file))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageStartingWith("bomb: ")
        .hasMessageContainingAll(why);
  }

  @ParameterizedTest
  @EnumSource
  void scansAreCounted(JpegDecoder decoder) throws IOException {
    assumeTrue(
        decoder == JpegDecoder.IMAGEIO || NativeLibraries.turboJpeg().place().isPresent(),
        "no libjpeg-turbo on this machine");
    byte[] good = ImageBombs.jpegOfScans(300, 200, 30);
    Image image =
        ImageDecoder.decode("good", good, Decoding.STANDARD.withJpeg(decoder), Reduction.NONE);
    assertThat(image.shapeText()).isEqualTo("3x200x300");
    byte[] bomb = ImageBombs.jpegOfScans(3000, 3000, 1000);
    assertThatThrownBy(
            () ->
                ImageDecoder.decode(
                    "bomb", bomb, Decoding.STANDARD.withJpeg(decoder), Reduction.NONE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContainingAll("expected at most 100 scans of a JPEG file, found 10");
  }

  @Test
  void fewScansOfManyPixelsAreTooMany() throws IOException {
    byte[] file = ImageBombs.jpegOfScans(300, 200, 30);
    InputBudget small = InputBudget.STANDARD.with(Limit.SCANNED_PIXELS, 1_000_000);
    assertThatThrownBy(
            () ->
                ImageDecoder.decode("b", file, Decoding.STANDARD.withBudget(small), Reduction.NONE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContainingAll("at most 1000000 pixels in all scans", "found ");
  }

  /** A hundred scans of nothing are as much work as ten times the pixels. */
  @Test
  void manyScansOfASmallFileHaveFewerPixels() throws IOException {
    assertRefused(ImageBombs.jpegOfScans(1500, 1500, 85), "at most 943718 pixels", "found 2250000");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void smallFilesHaveFewPixels(int bits) throws IOException {
    byte[] file = ImageBombs.blackPng(10_000, 10_000, bits);
    assertThat(file.length).isLessThan(100_000);
    assertRefused(file, "at most", "pixels", "100000000", String.valueOf(file.length));
  }

  /** A screen of 4K, all black. */
  @Test
  void blankPicturesOfUsualSizeAreGood() throws IOException {
    Image image = ImageDecoder.decode("good", ImageBombs.blackPng(3840, 2160, 1));
    assertThat(image.pixels()).isEqualTo(new byte[3 * 3840 * 2160]);
  }

  @Test
  void limitsCanBeSmaller() throws IOException {
    byte[] file = ImageBombs.blackPng(40, 30, 8);
    InputBudget small = InputBudget.STANDARD.with(Limit.IMAGE_PIXELS, 1199);
    assertThatThrownBy(
            () ->
                ImageDecoder.decode("b", file, Decoding.STANDARD.withBudget(small), Reduction.NONE))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage("b: expected at most 1199 pixels, found 1200");
  }

  /** A compressed text of 64 MB, which a palette makes Java's reader unpack. */
  @Test
  void textsInPngFilesAreNotUnpacked() throws IOException {
    byte[] file = ImageBombs.pngWithText(64 << 20);
    long before = allocatedBytes();
    assertThat(ImageDecoder.decode("good", file).shapeText()).isEqualTo("3x8x8");
    assertThat(allocatedBytes() - before).isLessThan(8L << 20);
  }

  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /** Codes of 3 bits, the lowest first: 4 clears, 5 ends, the others are pixels. */
  @Test
  void gifFilesHaveAllTheirPixels() throws IOException {
    byte[] end = {0b00_101_100};
    byte[] onePixelAndEnd = {0b01_000_100, 0b1};
    assertRefused(ImageBombs.gif(1000, 1000, end), "damaged", "1000000 pixels", "found 0");
    assertRefused(ImageBombs.gif(1000, 1000), "damaged");
    assertRefused(ImageBombs.gif(2, 1, onePixelAndEnd), "damaged", "2 pixels", "found 1");
    assertThat(ImageDecoder.decode("good", ImageBombs.gif(1, 1, onePixelAndEnd)).pixels())
        .containsExactly(0, 0, 0);
  }

  @Test
  void whatIsBehindAGifFilesPixelsIsNotUnpacked() throws IOException {
    assertThat(ImageDecoder.decode("good", ImageBombs.gifThatGoesOn()).shapeText())
        .isEqualTo("3x8x8");
  }

  /** They would bypass the limits of their own kind. */
  @Test
  void filesWithinBmpFilesAreRefused() throws IOException {
    for (int compression : List.of(4, 5)) {
      assertRefused(
          ImageBombs.bmpWithin(compression, ImageBombs.blackPng(8, 8, 8)), "BMP", "compression");
    }
  }

  /** A file of 164 kB, of whose 65,536 groups of codes all pixels use the last. */
  @Test
  void codesThatNoPixelUsesTakeLittle() throws IOException {
    byte[] file = WebPBombs.grouped(1 << 16);
    Image small = ImageDecoder.decode("small", WebPBombs.grouped(2));
    long before = allocatedBytes();
    Image image = ImageDecoder.decode("good", file);
    assertThat(allocatedBytes() - before).isLessThan(24L << 20);
    assertThat(image.shapeText()).isEqualTo("3x8x8");
    assertThat(image.pixels()).isEqualTo(small.pixels()).startsWith(2);
  }

  /** All pixels are gone through for each. */
  @Test
  void transformsOfAWebPFileAreThereOnce() throws IOException {
    int green = WebPBombs.GREEN;
    int predictions = WebPBombs.PREDICTIONS;
    int colors = WebPBombs.COLORS;
    byte[] good = WebPBombs.transformed(3072, 3072, green, predictions, colors);
    assertThat(ImageDecoder.decode("good", good).shapeText()).isEqualTo("3x3072x3072");
    for (int twice : new int[] {green, predictions, colors}) {
      assertRefused(WebPBombs.transformed(3072, 3072, twice, twice), "damaged", "twice");
    }
  }

  @Test
  void pixelsOfALosslessWebPFileAreCounted() {
    byte[] most = WebPBombs.transformed(16_384, 16_384);
    assertRefused(most, "expected at most 100000000 pixels, found 268435456");
    byte[] many = WebPBombs.transformed(3073, 3072);
    assertRefused(many, "expected at most 9437184 pixels", many.length + " bytes", "found 9440256");
  }

  @Test
  void codesOfALosslessWebPFileAreComplete() throws IOException {
    for (int[] good : new int[][] {{2, 1}, {4, 2}}) {
      assertThat(ImageDecoder.decode("good", WebPBombs.coded(good[0], good[1])).shapeText())
          .isEqualTo("3x8x8");
    }
    for (int[] bad : new int[][] {{3, 1}, {3, 2}, {5, 2}}) {
      assertRefused(WebPBombs.coded(bad[0], bad[1]), "damaged", "too many or too few codes");
    }
    assertThat(ImageDecoder.decode("good", WebPBombs.cached(11)).shapeText()).isEqualTo("3x8x8");
    for (int bits : new int[] {0, 12, 15}) {
      assertRefused(WebPBombs.cached(bits), "damaged", "1 to 11 bits, found " + bits);
    }
  }

  /** Each row's bytes, which may be those of all others, are gone through for it. */
  @Test
  void bytesThatRowsOfATiffFileShareAreCounted() throws IOException {
    Image image = ImageDecoder.decode("good", ImageBombs.tiffOfSharedRows(300, 100));
    byte[] grey = new byte[3 * 300];
    Arrays.fill(grey, (byte) 7);
    assertThat(image.pixels()).isEqualTo(grey);
    byte[] bomb = ImageBombs.tiffOfSharedRows(5000, 20_000);
    assertThat(bomb.length).isLessThan(150_000);
    assertRefused(
        bomb, "expected at most 67108864 bytes in all parts of a TIFF file, found 500060000");
  }

  /** What there is too little memory for is not damaged. */
  @Test
  void exhaustedMemoryIsNoDamage() {
    var wrapped = new IOException("damaged", new IOException(new OutOfMemoryError("heap")));
    assertThatThrownBy(() -> ImageDecoder.damaged("name", wrapped))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(ImageDecoder.damaged("name", new IOException("torn")))
        .hasMessage("name: damaged: torn");
  }
}
