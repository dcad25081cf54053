package io.github.deit4j.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The distinct unreadable images met so far, and how many are allowed. Owned by one thread. */
final class BadImageLog {
  private static final int EXAMPLES = 5;

  private final int limit;
  private final Consumer<BadImage> listener;
  private final Map<Integer, BadImage> images = new LinkedHashMap<>();

  BadImageLog(int limit, Consumer<BadImage> listener) {
    this.limit = limit;
    this.listener = listener;
  }

  /** Takes over images that were counted before, without telling the listener again. */
  void restore(List<BadImage> known) {
    known.forEach(image -> images.put(image.index(), image));
  }

  /** Counts images, each index once. */
  void add(List<BadImage> found) throws TooManyBadImagesException {
    for (BadImage image : found) {
      if (images.putIfAbsent(image.index(), image) == null) {
        listener.accept(image);
        requireLimit();
      }
    }
  }

  private void requireLimit() throws TooManyBadImagesException {
    if (images.size() > limit) {
      throw new TooManyBadImagesException(
          limit, images.values().stream().limit(EXAMPLES).map(BadImage::toString).toList());
    }
  }

  int count() {
    return images.size();
  }

  List<BadImage> images() {
    return List.copyOf(images.values());
  }
}
