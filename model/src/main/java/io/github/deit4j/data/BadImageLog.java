package io.github.deit4j.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The distinct unreadable images met so far, and how many are allowed. Owned by one thread. */
public final class BadImageLog {
  private static final int EXAMPLES = 5;

  private final int limit;
  private final Consumer<BadImage> listener;
  private final Map<Integer, BadImage> images = new LinkedHashMap<>();

  /**
   * Creates an empty log.
   *
   * @param listener hears of each image once
   */
  public BadImageLog(int limit, Consumer<BadImage> listener) {
    this.limit = limit;
    this.listener = listener;
  }

  /** Takes over images that were counted before, without telling the listener again. */
  void restore(List<BadImage> known) {
    known.forEach(image -> images.put(image.index(), image));
  }

  /** Counts an image, unless it is known. */
  public void add(BadImage image) {
    if (images.putIfAbsent(image.index(), image) == null) {
      listener.accept(image);
    }
  }

  /** Counts images up to the first that is one too many. */
  void addAll(List<BadImage> found) throws TooManyBadImagesException {
    for (BadImage image : found) {
      add(image);
      requireFew();
    }
  }

  /** Requires that there are no more images than allowed. */
  public void requireFew() throws TooManyBadImagesException {
    if (images.size() > limit) {
      throw new TooManyBadImagesException(
          limit, images.values().stream().limit(EXAMPLES).map(BadImage::toString).toList());
    }
  }

  /** Returns how many images there are. */
  public int count() {
    return images.size();
  }

  List<BadImage> images() {
    return List.copyOf(images.values());
  }
}
