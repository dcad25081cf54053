package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.BadImageLog.TooManyBadImagesException;
import io.github.deit4j.data.transform.CenterCrop;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Pipeline;
import io.github.deit4j.data.transform.RandAugment;
import io.github.deit4j.data.transform.RandomCrop;
import io.github.deit4j.data.transform.RandomHorizontalFlip;
import io.github.deit4j.data.transform.RandomResizedCrop;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.data.transform.ResizeAndCrop;
import io.github.deit4j.data.transform.ToChannels;
import io.github.deit4j.random.Philox;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Views of stored images are what transforms would have made of them. */
@ExtendWith(Seed.class)
class StoredImagesTest {
  private static final Interpolation BICUBIC = Interpolation.BICUBIC;

  /** Whose shorter side is so long: what the transforms make of them are bytes that were there. */
  private static Image image(RandomGenerator random, int side) {
    int channels = random.nextBoolean() ? 1 : 3;
    int longer = side + random.nextInt(2 * side);
    boolean high = random.nextBoolean();
    int height = high ? longer : side;
    int width = high ? side : longer;
    byte[] pixels = new byte[channels * height * width];
    random.nextBytes(pixels);
    return new Image(channels, height, width, pixels);
  }

  private static Transform transform(RandomGenerator random, int channels, int side) {
    Resize resize = new Resize(side, BICUBIC);
    int padding = random.nextInt(5);
    int size = 1 + random.nextInt(side);
    Rounding rounding = random.nextBoolean() ? Rounding.EVEN : Rounding.UP;
    List<Transform> transforms = new ArrayList<>(List.of(new ToChannels(channels)));
    switch (random.nextInt(3)) {
      case 0 ->
          transforms.addAll(
              List.of(resize, new RandomCrop(Math.max(1, side + padding - 3), padding)));
      case 1 -> transforms.add(new ResizeAndCrop(resize, new CenterCrop(size, rounding)));
      default -> {
        transforms.add(new RandomHorizontalFlip(0.5));
        transforms.add(new RandomCrop(size, 0));
        transforms.add(new CenterCrop(1 + size / 2, rounding));
      }
    }
    transforms.add(new RandomHorizontalFlip(0.5));
    return new Pipeline(transforms);
  }

  @Test
  void aViewShowsWhatTheTransformMakes(RandomGenerator random) {
    for (int round = 0; round < 300; round++) {
      int side = 1 + random.nextInt(20);
      Image image = image(random, side);
      Transform transform = transform(random, image.channels(), side);
      Philox ofImage = new Philox(1, 2, 3, round);
      Philox ofView = new Philox(1, 2, 3, round);
      Image expected = transform.apply(image, ofImage);
      ImageView whole = ImageView.whole(image.channels(), image.height(), image.width());
      ImageView view = transform.view(whole, ofView).orElseThrow();
      Image found = new StoredImage(MemorySegment.ofArray(image.pixels()), view).toImage();
      assertThat(found.shapeText()).isEqualTo(expected.shapeText());
      assertThat(found.pixels()).as("%s of %s", transform, image).isEqualTo(expected.pixels());
      assertThat(ofView.nextInt()).as("the next draw").isEqualTo(ofImage.nextInt());
    }
  }

  @Test
  void whatComputesPixelsHasNoView() {
    ImageView whole = ImageView.whole(3, 20, 30);
    for (Transform transform :
        List.of(
            new Resize(19, BICUBIC),
            new ResizeAndCrop(new Resize(19, BICUBIC), new CenterCrop(10, Rounding.EVEN)),
            new RandomCrop(21, 0),
            new CenterCrop(21, Rounding.EVEN),
            new RandomResizedCrop(8, 0.08, BICUBIC),
            new RandAugment(9, 0.5, 2, BICUBIC),
            new ToChannels(1),
            // The border of the second square is black, and the image is not.
            Pipeline.of(new RandomCrop(10, 0), new RandomCrop(10, 3)))) {
      assertThat(transform.view(whole, new Philox(1, 2, 3, 5)).isPresent())
          .as(transform.toString())
          .isFalse();
    }
  }

  /** Images of several sizes, some of which are damaged. */
  private record Images(List<Image> images, Set<Integer> damaged) implements Dataset {
    @Override
    public int size() {
      return images.size();
    }

    @Override
    public int channels() {
      return images.getFirst().channels();
    }

    @Override
    public List<String> classNames() {
      return List.of("even", "odd", "third");
    }

    @Override
    public int label(int index) {
      return index % 7 == 0 ? 2 : index % 2;
    }

    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      if (damaged.contains(index)) {
        throw new CorruptImageException(name(index), "damaged");
      }
      return images.get(index);
    }

    @Override
    public Optional<StoredImages> storedImages() {
      return Optional.of(
          new StoredImages() {
            @Override
            public int height(int index) {
              return images.get(index).height();
            }

            @Override
            public int width(int index) {
              return images.get(index).width();
            }

            @Override
            public MemorySegment pixels(int index) throws CorruptImageException {
              return MemorySegment.ofArray(image(index).pixels());
            }
          });
    }
  }

  private static Images images(RandomGenerator random, int count, Integer... damaged) {
    List<Image> images = new ArrayList<>();
    while (images.size() < count) {
      Image image = image(random, 9);
      if (image.channels() == 3) {
        images.add(image);
      }
    }
    return new Images(images, Set.of(damaged));
  }

  private static final Transform CROP =
      Pipeline.of(new Resize(9, BICUBIC), new RandomCrop(8, 1), new RandomHorizontalFlip(0.5));

  @ParameterizedTest
  @CsvSource({"1, false, false, 1", "3, false, true, 2", "3, true, false, 3", "1, false, true, 8"})
  void batchesAreThoseOfTheTransform(
      int repeats, boolean balanced, boolean reducedDecode, int threads, RandomGenerator random)
      throws Exception {
    Images images = images(random, 31, 3, 4, 5, 20);
    var setup = new BatchLoader.Setup(6, 9, repeats, reducedDecode, 0, 2, balanced);
    BadImageLog badViews = new BadImageLog(4, image -> {});
    BadImageLog bad = new BadImageLog(4, image -> {});
    try (var views = new BatchLoader(images, CROP, setup, threads, badViews);
        var made =
            new BatchLoader(images, (image, draws) -> CROP.apply(image, draws), setup, 1, bad)) {
      for (int i = 0; i < 15; i++) {
        SampleBatch found = views.next();
        SampleBatch expected = made.next();
        assertThat(found.stored()).hasSize(6);
        assertThat(expected.stored()).isEmpty();
        assertThat(found.toString()).isEqualTo(expected.toString());
        assertThat(found.pixels()).isEqualTo(expected.pixels());
        assertThat(found.labels()).isEqualTo(expected.labels());
        assertThat(found.indices()).isEqualTo(expected.indices());
        assertThat(badViews.images()).isEqualTo(bad.images());
      }
      assertThat(bad.count()).isPositive();
    }
  }

  @Test
  void oneDamagedImageMoreThanAllowedEndsTheRun(RandomGenerator random) throws Exception {
    Images images = images(random, 12, 2, 7);
    var setup = new BatchLoader.Setup(12, 9, 1, false, 0, 0);
    try (var loader = new BatchLoader(images, CROP, setup, 2, new BadImageLog(1, image -> {}))) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(TooManyBadImagesException.class)
          .hasMessageContainingAll("image 2: damaged", "image 7: damaged");
    }
  }

  @Test
  void oneImageOfAnotherSizeAndAllAreMade(RandomGenerator random) throws Exception {
    Images images = images(random, 8);
    images.images.set(5, new Image(3, 12, 12, new byte[3 * 12 * 12]));
    assertThat(StoredImages.of(images, CROP, 4)).isEmpty();
    images.images.set(5, new Image(3, 9, 12, new byte[3 * 9 * 12]));
    assertThat(StoredImages.of(images, CROP, 4)).isPresent();
    // A batch of them would not fit into one tensor's bytes.
    assertThat(StoredImages.of(images, CROP, Integer.MAX_VALUE / 300)).isEmpty();
  }
}
