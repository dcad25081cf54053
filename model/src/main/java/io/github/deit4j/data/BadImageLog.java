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
  public BadImageLog with(List<BadImage> known) {
    known.forEach(image -> images.put(image.index(), image));
    return this;
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

  /** Returns the error that a data set has no image that can be read. */
  DatasetException noneLeft(Dataset dataset) {
    return new DatasetException(
        "none of the data set's %d images can be read, first %s",
        dataset.size(), images.values().iterator().next());
  }

  int limit() {
    return limit;
  }

  /** Returns how many images there are. */
  public int count() {
    return images.size();
  }

  /** Returns the images in the order in which they were met. */
  public List<BadImage> images() {
    return List.copyOf(images.values());
  }

  /**
   * An image of a data set that can't be read.
   *
   * @param index its index in the data set
   * @param name its file or number
   * @param reason what is wrong with it
   */
  public record BadImage(int index, String name, String reason) {
    /** Describes the exception of a data set. */
    public static BadImage of(int index, CorruptImageException e) {
      return new BadImage(index, e.image(), e.reason());
    }

    @Override
    public String toString() {
      return name + ": " + reason;
    }
  }

  /** More images of a data set can't be read than the caller allows. */
  public static final class TooManyBadImagesException extends DatasetException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with the first few images, each with its reason. */
    public TooManyBadImagesException(int limit, List<String> examples) {
      super(
          ("more than %d images of the data set can't be read: %s%s. Repair or remove them, or"
                  + " allow more with --max-bad")
              .formatted(
                  limit,
                  String.join("; ", examples),
                  limit + 1 > examples.size() ? "; and others" : ""));
    }
  }
}
