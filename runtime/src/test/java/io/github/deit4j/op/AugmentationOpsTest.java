package io.github.deit4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.Crop;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Erasing, mixing and dropout against plain loops, at random sizes. Here on the CPU; other backends
 * run the same tests.
 */
@ExtendWith(Seed.class)
class AugmentationOpsTest {
  private static final int CASES = 40;

  private Backend backend;
  private TensorArena arena;

  /** Starts the backend under test. */
  Backend open() {
    return new CpuBackend(2);
  }

  /**
   * Requires the same drawn numbers; a device's logarithm and cosine may differ in the last bit.
   */
  void assertSame(float[] got, float[] expected, String description) {
    assertThat(got).as(description).containsExactly(expected);
  }

  @BeforeEach
  void start() {
    backend = open();
    arena = backend.arena("test", 1 << 24);
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  @Test
  void cutsPartsOutOfStoredImages(RandomGenerator random) {
    for (int round = 0; round < 2 * CASES; round++) {
      Shape shape = images(random);
      List<Crop> crops = new ArrayList<>();
      List<byte[]> pieces = new ArrayList<>();
      int place = 0;
      for (int image = 0; image < shape.size(0); image++) {
        byte[] gap = bytes(random, random.nextInt(3));
        int height = 1 + random.nextInt(round % 2 == 0 ? 12 : 40);
        int width = 1 + random.nextInt(round % 2 == 0 ? 12 : 40);
        byte[] stored = bytes(random, shape.size(1) * height * width);
        int top = random.nextInt(-4, Math.max(-3, height - shape.size(2) + 5));
        int left = random.nextInt(-4, Math.max(-3, width - shape.size(3) + 5));
        crops.add(new Crop(place + gap.length, height, width, top, left, random.nextBoolean()));
        pieces.add(gap);
        pieces.add(stored);
        place += gap.length + stored.length;
      }
      // Two of them lie at a place of any alignment.
      Tensor x = arena.allocate(DType.U8, Shape.of(place + 1)).slice(1, place + 1);
      backend.write(x, pieces.stream().map(MemorySegment::ofArray).toList());
      Tensor y = arena.allocate(DType.U8, shape);
      backend.pixels().crop(y, x, crops);
      byte[] expected = new byte[(int) shape.elements()];
      for (int at = 0; at < expected.length; at++) {
        expected[at] = cropped(at, shape, pieces, crops);
      }
      byte[] found = new byte[expected.length];
      backend.read(MemorySegment.ofArray(found), y);
      assertThat(found).as("%s %s", shape, crops).containsExactly(expected);
      arena.reset();
    }
  }

  private static byte[] bytes(RandomGenerator random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The specification, byte by byte. */
  private static byte cropped(int at, Shape shape, List<byte[]> pieces, List<Crop> crops) {
    int width = shape.size(3);
    int column = at % width;
    int row = at / width % shape.size(2);
    int channel = at / width / shape.size(2) % shape.size(1);
    int image = at / width / shape.size(2) / shape.size(1);
    Crop crop = crops.get(image);
    int storedRow = crop.top() + row;
    int storedColumn = crop.left() + (crop.mirrored() ? width - 1 - column : column);
    boolean outside =
        storedRow < 0
            || storedRow >= crop.height()
            || storedColumn < 0
            || storedColumn >= crop.width();
    int place = (channel * crop.height() + storedRow) * crop.width() + storedColumn;
    return outside ? 0 : pieces.get(2 * image + 1)[place];
  }

  @Test
  void refusesCropsOfWhatIsNotThere() {
    Tensor x = arena.allocate(DType.U8, Shape.of(3 * 5 * 7));
    Tensor y = arena.allocate(DType.U8, Shape.of(1, 3, 2, 2));
    backend.write(y, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    for (Crop bad :
        List.of(
            new Crop(1, 5, 7, 0, 0, false),
            new Crop(-1, 5, 7, 0, 0, false),
            new Crop(0, 6, 7, 0, 0, false),
            new Crop(0, 0, 7, 0, 0, false),
            new Crop(0, Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0, false),
            new Crop(0, 5, 7, Integer.MIN_VALUE, 0, false))) {
      assertThatThrownBy(() -> backend.pixels().crop(y, x, List.of(bad)))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("crop");
    }
    assertThatThrownBy(() -> backend.pixels().crop(y, x, List.of()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("crop");
    byte[] found = new byte[12];
    backend.read(MemorySegment.ofArray(found), y);
    assertThat(found).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  }

  @Test
  void erasesBoxes(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = images(random);
      Tensor x = random(random, shape);
      float[] expected = floats(x);
      List<Erasure> erasures = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        var fills = Erasure.Fill.values();
        var erasure =
            new Erasure(
                random.nextInt(shape.size(0)),
                box(random, shape),
                fills[random.nextInt(fills.length)],
                new StreamKey(random.nextLong(), 5, random.nextInt(100), random.nextInt(100)));
        erasures.add(erasure);
        erase(expected, shape, erasure);
      }
      backend.pixels().erase(x, erasures);
      assertSame(floats(x), expected, shape + " " + erasures);
    }
  }

  private static void erase(float[] x, Shape shape, Erasure erasure) {
    Philox random = erasure.noise().open();
    Box box = erasure.box();
    for (int channel = 0; channel < shape.size(1); channel++) {
      float level = erasure.fill() == Erasure.Fill.RAND ? (float) random.nextGaussian() : 0f;
      for (int row = box.top(); row < box.top() + box.height(); row++) {
        for (int column = box.left(); column < box.left() + box.width(); column++) {
          x[index(shape, erasure.image(), channel, row, column)] =
              erasure.fill() == Erasure.Fill.PIXEL ? (float) random.nextGaussian() : level;
        }
      }
    }
  }

  @Test
  void mixesImagesWithTheirPartners(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = images(random);
      Tensor x = random(random, shape);
      Tensor partners = random(random, shape);
      List<ImageMix> mixes = new ArrayList<>();
      for (int image = 0; image < shape.size(0); image++) {
        mixes.add(
            switch (random.nextInt(3)) {
              case 0 -> ImageMix.NONE;
              case 1 -> ImageMix.mixup(random.nextDouble());
              default -> ImageMix.cutMix(box(random, shape));
            });
      }
      float[] expected = mixed(floats(x), floats(partners), shape, mixes);
      float[] partnersBefore = floats(partners);
      backend.pixels().mix(x, partners, mixes);
      assertThat(floats(x)).as("%s %s", shape, mixes).containsExactly(expected);
      assertThat(floats(partners)).containsExactly(partnersBefore);
    }
  }

  private static float[] mixed(float[] x, float[] partners, Shape shape, List<ImageMix> mixes) {
    float[] y = x.clone();
    for (int image = 0; image < shape.size(0); image++) {
      ImageMix mix = mixes.get(image);
      Box box = mix.box();
      for (int channel = 0; channel < shape.size(1); channel++) {
        for (int row = 0; row < shape.size(2); row++) {
          for (int column = 0; column < shape.size(3); column++) {
            int at = index(shape, image, channel, row, column);
            float other = partners[index(shape, shape.size(0) - 1 - image, channel, row, column)];
            boolean inside =
                row >= box.top()
                    && row < box.top() + box.height()
                    && column >= box.left()
                    && column < box.left() + box.width();
            y[at] = inside ? other : Math.fma(mix.own(), x[at], mix.other() * other);
          }
        }
      }
    }
    return y;
  }

  @Test
  void dropoutOfAnImageDependsOnItsPositionOnly(RandomGenerator random) {
    Shape shape = Shape.of(6, 5, 7);
    Tensor x = random(random, shape);
    Tensor whole = arena.allocate(DType.F32, shape);
    Tensor parts = arena.allocate(DType.F32, shape);
    var first = new StreamKey(random.nextLong(), 9, 3, 40);
    backend.elementwise().dropout(whole, x, 0.3, first);
    backend.elementwise().dropout(parts.slice(0, 2), x.slice(0, 2), 0.3, first);
    backend.elementwise().dropout(parts.slice(2, 6), x.slice(2, 6), 0.3, first.plus(2));
    assertThat(floats(parts)).containsExactly(floats(whole));
  }

  @Test
  void dropoutDropsWhatTheStreamsSay(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = images(random);
      Tensor x = random(random, shape);
      double rate = random.nextDouble();
      var first = new StreamKey(random.nextLong(), 9, random.nextInt(100), random.nextInt(100));
      float[] expected = floats(x);
      int size = expected.length / shape.size(0);
      for (int image = 0; image < shape.size(0); image++) {
        Philox draws = first.plus(image).open();
        for (int i = image * size; i < (image + 1) * size; i++) {
          boolean dropped = draws.nextFloat() < (float) rate;
          expected[i] = dropped ? 0 : expected[i] * (float) (1 / (1 - rate));
        }
      }
      backend.elementwise().dropout(x, x, rate, first);
      assertThat(floats(x)).as("%s %s %s", shape, rate, first).containsExactly(expected);
    }
  }

  @Test
  void refusesWhatLiesOutsideAndChangesNothing(RandomGenerator random) {
    Shape shape = Shape.of(2, 3, 4, 5);
    Tensor x = random(random, shape);
    float[] before = floats(x);
    var key = new StreamKey(1, 2, 3, 4);
    var good = new Erasure(0, new Box(0, 0, 4, 5), Erasure.Fill.CONST, key);
    for (var bad :
        List.of(
            new Erasure(2, new Box(0, 0, 1, 1), Erasure.Fill.CONST, key),
            new Erasure(0, new Box(1, 0, 4, 1), Erasure.Fill.CONST, key),
            new Erasure(0, new Box(0, -1, 1, 1), Erasure.Fill.CONST, key))) {
      assertThatThrownBy(() -> backend.pixels().erase(x, List.of(good, bad)))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("erase");
    }
    assertThatThrownBy(() -> backend.pixels().mix(x, x, List.of(ImageMix.NONE)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("1 mixes");
    var outside = ImageMix.cutMix(new Box(0, 3, 1, 3));
    assertThatThrownBy(() -> backend.pixels().mix(x, x, List.of(ImageMix.mixup(0.5), outside)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("mix");
    assertThatThrownBy(() -> backend.elementwise().dropout(x, x, 1, key))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[0, 1)");
    assertThat(floats(x)).containsExactly(before);
  }

  private static Shape images(RandomGenerator random) {
    return Shape.of(
        random.nextInt(1, 6), random.nextInt(1, 4), random.nextInt(1, 9), random.nextInt(1, 40));
  }

  private static Box box(RandomGenerator random, Shape shape) {
    int top = random.nextInt(shape.size(2));
    int left = random.nextInt(shape.size(3));
    return new Box(
        top,
        left,
        random.nextInt(shape.size(2) - top + 1),
        random.nextInt(shape.size(3) - left + 1));
  }

  private static int index(Shape shape, int image, int channel, int row, int column) {
    return ((image * shape.size(1) + channel) * shape.size(2) + row) * shape.size(3) + column;
  }

  private Tensor random(RandomGenerator random, Shape shape) {
    float[] values = Tensors.gaussian(random, shape.elements(), 1);
    return Tensors.of(backend, arena, values, shape.sizes());
  }

  private float[] floats(Tensor tensor) {
    return Tensors.floats(backend, tensor);
  }
}
