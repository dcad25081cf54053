package io.github.deit4j.bench.cases;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.StoredImage;
import io.github.deit4j.data.StoredImages;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.ImageFileFormat;
import io.github.deit4j.data.set.ImageFiles;
import io.github.deit4j.data.set.PackWriter;
import io.github.deit4j.data.set.PackedImages;
import io.github.deit4j.data.set.PackedPixels;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.random.Philox;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the host does for the images of a training batch, from the data set to the memory from which
 * a device fetches them, on one thread. JPEG files of 500×375 pixels and about 110 KB, as
 * ImageNet's are, in the operating system's cache, and packs of their pixels, 341×256.
 */
public final class InputPath implements AutoCloseable {
  public static final int SIZE = 224;

  private static final int SIDE = 256;
  private static final List<String> CROP_AND_FLIP =
      List.of("train-crop=random", "auto-augment=none", "color-jitter=0");

  /** Where images come from, and what the host does with them. */
  public enum Way {
    /** JPEG files decoded by Java; all of the recipe of {@code deit-base}. */
    FILES_AUGMENTED_IMAGEIO,
    /** The same decoded by libjpeg-turbo. */
    FILES_AUGMENTED_TURBOJPEG,
    /** The same decoded by libjpeg-turbo, as small as the crop allows. */
    FILES_AUGMENTED_REDUCED,
    /** JPEG files decoded by libjpeg-turbo, resized, cut and mirrored. */
    FILES_CROPPED_TURBOJPEG,
    /** Packed pixels; all of the recipe of {@code deit-base}. */
    PIXELS_AUGMENTED,
    /** Packed pixels, cut and mirrored by the host. */
    PIXELS_CROPPED,
    /** Packed pixels, looked at for damage and copied; a backend cuts and mirrors them. */
    PIXELS_COPIED,
    /** What of that the loader's threads do: looked at for damage. The trainer's thread copies. */
    PIXELS_CHECKED;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether this machine has the decoder that it needs. */
    public boolean isAvailable() {
      return switch (this) {
        case FILES_AUGMENTED_TURBOJPEG, FILES_AUGMENTED_REDUCED, FILES_CROPPED_TURBOJPEG ->
            JpegDecoder.best() == JpegDecoder.TURBOJPEG;
        default -> true;
      };
    }

    /**
     * How many times as large the batch is: one whose images have left the caches when they are
     * copied, as in training.
     */
    private int batches() {
      return this == PIXELS_COPIED || this == PIXELS_CHECKED ? 8 : 1;
    }

    /** Returns the bytes of an image that go to the device. */
    public int bytes() {
      return switch (this) {
        case PIXELS_COPIED -> 3 * SIDE * LONGER_SIDE;
        case PIXELS_CHECKED -> 0;
        default -> 3 * SIZE * SIZE;
      };
    }
  }

  private static final int LONGER_SIDE = SIDE * ImagePipeline.WIDTH / ImagePipeline.HEIGHT;

  private final int batch;
  private final Path folder;
  private final Arena memory = Arena.ofShared();
  private final MemorySegment uploads;
  private final List<Dataset> open = new ArrayList<>();
  private final Dataset byJava;
  private final Dataset byBest;
  private final PackedImages pixels;
  private final StoredImages stored;
  private final Transform augmented = RecipeData.training(Recipe.load("deit-base", List.of()));
  private final Transform cropped = RecipeData.training(Recipe.load("deit-base", CROP_AND_FLIP));
  private int position;

  /**
   * Writes files and a pack of them to a folder of its own.
   *
   * @param images how many
   * @param batch images of a {@link #run}; of packed ones that are copied eight times as many
   */
  public InputPath(int images, int batch) throws IOException {
    this.batch = batch;
    this.folder = Files.createTempDirectory("deit4j-input");
    try {
      Path files = Files.createDirectories(folder.resolve("files/class"));
      byte[] jpeg = ImagePipeline.jpeg();
      for (int i = 0; i < images; i++) {
        Files.write(files.resolve("%05d.jpg".formatted(i)), jpeg);
      }
      this.byJava = opened(Decoding.STANDARD.withJpeg(JpegDecoder.IMAGEIO));
      this.byBest = opened(Decoding.STANDARD);
      Path pack = folder.resolve("images.pack");
      int threads = Runtime.getRuntime().availableProcessors();
      PackWriter.write(
          (ImageFiles) byBest,
          pack,
          new PackedPixels(SIDE, Interpolation.BICUBIC, false),
          threads,
          done -> {});
      this.pixels = PackedImages.open(pack, Decoding.STANDARD);
      open.add(pixels);
      this.stored = StoredImages.of(pixels, cropped, batch(Way.PIXELS_COPIED)).orElseThrow();
      long copied = (long) batch(Way.PIXELS_COPIED) * Way.PIXELS_COPIED.bytes();
      this.uploads = memory.allocate(copied, 64);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private ImageFiles opened(Decoding decoding) throws IOException {
    Path files = folder.resolve("files");
    ImageFileFormat format = Datasets.detectImageFiles(files);
    ImageFiles images = format.files(files, format.splitsOrWhole(files).getFirst(), decoding);
    open.add(images);
    return images;
  }

  /** Returns how many images a {@link #run} brings. */
  public int batch(Way way) {
    return batch * way.batches();
  }

  /** Brings the next batch to where a device would fetch it. */
  public void run(Way way) {
    try {
      switch (way) {
        case FILES_AUGMENTED_IMAGEIO -> make(byJava, augmented, false);
        case FILES_AUGMENTED_TURBOJPEG -> make(byBest, augmented, false);
        case FILES_AUGMENTED_REDUCED -> make(byBest, augmented, true);
        case FILES_CROPPED_TURBOJPEG -> make(byBest, cropped, false);
        case PIXELS_AUGMENTED -> make(pixels, augmented, false);
        case PIXELS_CROPPED -> make(pixels, cropped, false);
        case PIXELS_COPIED -> copy(checked(batch(way)));
        case PIXELS_CHECKED -> checked(batch(way));
      }
    } catch (CorruptImageException e) {
      throw new UncheckedIOException(e); // they were written above
    }
  }

  private Philox random() {
    return new Philox(1, 2, 0, position);
  }

  private void make(Dataset images, Transform transform, boolean reduced)
      throws CorruptImageException {
    byte[] made = new byte[batch * Way.PIXELS_CROPPED.bytes()];
    for (int i = 0; i < batch; i++) {
      int index = position++ % images.size();
      Image image =
          reduced
              ? images.image(index, (h, w) -> transform.reduction(h, w, random()))
              : images.image(index);
      byte[] bytes = transform.apply(image, random()).pixels();
      System.arraycopy(bytes, 0, made, i * bytes.length, bytes.length);
    }
    MemorySegment.copy(MemorySegment.ofArray(made), 0, uploads, 0, made.length);
  }

  private List<StoredImage> checked(int count) throws CorruptImageException {
    List<StoredImage> images = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int index = position++ % pixels.size();
      ImageView whole = ImageView.whole(3, stored.height(index), stored.width(index));
      ImageView view = cropped.view(whole, random()).orElseThrow();
      images.add(new StoredImage(stored.pixels(index), view));
    }
    return images;
  }

  private void copy(List<StoredImage> images) {
    long at = 0;
    for (StoredImage image : images) {
      MemorySegment.copy(image.pixels(), 0, uploads, at, image.pixels().byteSize());
      at += image.pixels().byteSize();
    }
  }

  /** Removes what was written. */
  @Override
  public void close() throws IOException {
    open.forEach(Dataset::close);
    memory.close();
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.toList().reversed()) {
        Files.delete(path);
      }
    }
  }
}
