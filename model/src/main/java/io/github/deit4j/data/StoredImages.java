package io.github.deit4j.data;

import io.github.deit4j.random.Purpose;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * The images of a {@link Dataset} that keeps their pixels in memory, as they are, decoded. They are
 * those of {@link Dataset#image(int)}, without a copy.
 */
public interface StoredImages {
  /** Returns an image's rows; 0 if it could not be read when it was stored. */
  int height(int index);

  /** Returns an image's columns; 0 if it could not be read when it was stored. */
  int width(int index);

  /**
   * Returns an image's pixels where they lie, [channel, row, column], found undamaged.
   *
   * @throws CorruptImageException as {@link Dataset#image(int)}
   */
  MemorySegment pixels(int index) throws CorruptImageException;

  /** Returns some of these, or these in another order, by which one of them each image is. */
  default StoredImages at(IntUnaryOperator index) {
    StoredImages all = this;
    return new StoredImages() {
      @Override
      public int height(int image) {
        return all.height(index.applyAsInt(image));
      }

      @Override
      public int width(int image) {
        return all.width(index.applyAsInt(image));
      }

      @Override
      public MemorySegment pixels(int image) throws CorruptImageException {
        return all.pixels(index.applyAsInt(image));
      }
    };
  }

  /**
   * Returns the stored images of a data set if a transform does no more with each of them than a
   * backend can do with its bytes, {@link Transform#view}.
   *
   * @param batch images that go to the backend together
   */
  static Optional<StoredImages> of(Dataset dataset, Transform transform, int batch) {
    return dataset
        .storedImages()
        .filter(stored -> isView(dataset, stored, transform, Integer.MAX_VALUE / batch));
  }

  private static boolean isView(
      Dataset dataset, StoredImages stored, Transform transform, int mostBytes) {
    Set<Long> seen = new HashSet<>();
    for (int image = 0; image < dataset.size(); image++) {
      int height = stored.height(image);
      int width = stored.width(image);
      if (height > 0 && seen.add((long) height << Integer.SIZE | width)) {
        ImageView whole = ImageView.whole(dataset.channels(), height, width);
        boolean fits = (long) dataset.channels() * height * width <= mostBytes;
        // Whether there is a view does not depend on what is drawn.
        if (!fits || transform.view(whole, Purpose.TRANSFORM.stream(0, 0, 0)).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }
}
