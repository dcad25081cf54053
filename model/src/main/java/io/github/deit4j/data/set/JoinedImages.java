package io.github.deit4j.data.set;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Fingerprint;
import io.github.deit4j.data.Image;
import java.util.List;

/** The images of two splits, one after the other. Closing it closes both. */
public final class JoinedImages implements Dataset {
  private final Dataset first;
  private final Dataset second;

  private JoinedImages(Dataset first, Dataset second) {
    this.first = first;
    this.second = second;
  }

  /**
   * Joins two splits of a data set.
   *
   * @throws DatasetException if they have other classes or channels
   */
  public static JoinedImages of(Dataset first, Dataset second) throws DatasetException {
    if (!first.classNames().equals(second.classNames())) {
      throw new DatasetException(
          "expected the same classes in both splits, found %s and %s",
          first.classNames(), second.classNames());
    }
    if (first.channels() != second.channels()) {
      throw new DatasetException(
          "expected the same channels in both splits, found %d and %d",
          first.channels(), second.channels());
    }
    return new JoinedImages(first, second);
  }

  private Dataset split(int index) {
    return index < first.size() ? first : second;
  }

  private int within(int index) {
    return index < first.size() ? index : index - first.size();
  }

  @Override
  public int size() {
    return Math.addExact(first.size(), second.size());
  }

  @Override
  public int channels() {
    return first.channels();
  }

  @Override
  public List<String> classNames() {
    return first.classNames();
  }

  @Override
  public int label(int index) {
    return split(index).label(within(index));
  }

  @Override
  public List<Integer> rightClasses(int index) {
    return split(index).rightClasses(within(index));
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    return split(index).image(within(index), reduction);
  }

  @Override
  public String name(int index) {
    return split(index).name(within(index));
  }

  @Override
  public String path(int index) {
    return split(index).path(within(index));
  }

  @Override
  public String fingerprint() {
    return new Fingerprint().add(first.fingerprint()).add(second.fingerprint()).hex();
  }

  @Override
  public int checksum(int index) {
    return split(index).checksum(within(index));
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
