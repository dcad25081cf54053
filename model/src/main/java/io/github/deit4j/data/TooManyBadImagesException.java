package io.github.deit4j.data;

import java.util.List;

/** More images of a data set can't be read than the caller allows. */
public final class TooManyBadImagesException extends DatasetException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param limit the number of unreadable images allowed
   * @param examples the first few of them, each with its reason
   */
  public TooManyBadImagesException(int limit, List<String> examples) {
    super(
        "more than "
            + limit
            + " images of the data set can't be read: "
            + String.join("; ", examples)
            + (limit + 1 > examples.size() ? "; and others" : "")
            + ". Repair or remove them, or allow more with --max-bad");
  }
}
