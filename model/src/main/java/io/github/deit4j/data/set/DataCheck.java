package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.set.Finding.Kind;
import io.github.deit4j.weights.Sha256;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Looks through a data set before anybody trains on it. */
public final class DataCheck {
  /** Of fewer images a class is hard to learn. */
  private static final int FEW = 10;

  /** So many are decoded before progress is told. */
  private static final int PORTION = 64;

  private static final int LONGEST_LIST = 20;

  private final List<Finding> findings = new ArrayList<>();

  /** Where a picture was seen first, by the digest of its pixels. */
  private final Map<String, Seen> seen = new HashMap<>();

  private record Seen(String path, String className) {}

  private DataCheck() {}

  /**
   * Looks at the names of a folder's files.
   *
   * @param format what the folder holds
   * @return what is stray, of other formats or empty; nothing where data sets have no class folders
   * @throws DatasetException if the folder can't be read
   */
  public static List<Finding> names(DatasetFormat format, Path dir) throws DatasetException {
    return format.survey(dir);
  }

  /**
   * Requires that training on a folder can begin, by the names of its files.
   *
   * @param maxBad how many images may be unreadable
   * @return what is left out without harm
   * @throws DatasetException if it can't, with one list of all reasons
   */
  public static List<Finding> requireUsable(DatasetFormat format, Path dir, int maxBad)
      throws DatasetException {
    List<Finding> all = names(format, dir);
    long unreadable = all.stream().filter(each -> each.kind() == Kind.UNSUPPORTED).count();
    List<Finding> bad =
        all.stream()
            .filter(
                each ->
                    each.kind() == Kind.EMPTY
                        || each.kind() == Kind.UNSUPPORTED && unreadable > maxBad)
            .toList();
    if (!bad.isEmpty()) {
      throw new DatasetException(
          ("%s: expected images in every class, of formats that can be read%s, found:%n  %s%n"
                  + "convert, move or remove them; \"deit check-data\" looks into the files, too")
              .formatted(dir, maxBad > 0 ? ", or up to --max-bad others" : "", list(dir, bad)));
    }
    return all.stream().filter(each -> each.kind() == Kind.STRAY).toList();
  }

  /** Returns findings of a folder a line each, and of many how many more there are. */
  public static String list(Path dir, List<Finding> some) {
    List<String> lines =
        new ArrayList<>(
            some.stream()
                .limit(LONGEST_LIST)
                .map(each -> dir.resolve(each.path()) + ": " + each.reason())
                .toList());
    if (some.size() > LONGEST_LIST) {
      lines.add("and %,d more".formatted(some.size() - LONGEST_LIST));
    }
    return String.join("%n  ".formatted(), lines);
  }

  /**
   * What looking into all files gave.
   *
   * @param findings what was found, by kind
   * @param images number of images by split and class
   */
  public record Result(List<Finding> findings, Map<String, Map<String, Integer>> images) {}

  /** Hears how far a check is. */
  @FunctionalInterface
  public interface Progress {
    /** So many images of all are done. */
    void done(int images, int total);
  }

  /**
   * Opens every split and decodes every image, on all processors.
   *
   * @param progress hears how far it is
   * @throws DatasetException if the folder holds no data set
   */
  public static Result contents(DatasetFormat format, Path dir, Progress progress)
      throws DatasetException {
    List<Finding> all = new ArrayList<>(names(format, dir));
    Map<String, Map<String, Integer>> images = new TreeMap<>();
    if (all.stream().noneMatch(each -> each.kind() == Kind.EMPTY)) {
      var check = new DataCheck();
      Map<String, Dataset> splits = new TreeMap<>();
      try {
        open(splits, format, dir);
        int total = splits.values().stream().mapToInt(Dataset::size).sum();
        int done = 0;
        for (Map.Entry<String, Dataset> split : splits.entrySet()) {
          int before = done;
          Dataset opened = split.getValue();
          check.decode(opened, split.getKey(), n -> progress.done(before + n, total));
          done += opened.size();
          images.put(split.getKey(), check.count(opened, split.getKey()));
        }
      } finally {
        splits.values().forEach(Dataset::close);
      }
      Map<String, Finding> known =
          all.stream().collect(toMap(Finding::path, Function.identity(), (a, b) -> a));
      check.findings.stream()
          .filter(each -> !known.containsKey(each.path()) || !each.kind().isBad())
          .forEach(all::add);
    }
    return new Result(List.copyOf(all), images);
  }

  private static void open(Map<String, Dataset> splits, DatasetFormat format, Path dir)
      throws DatasetException {
    boolean split = format.hasSplits(dir);
    splits.put(
        split ? ImageFileFormat.TRAIN : ImageFileFormat.WHOLE, format.open(dir, Split.TRAIN));
    if (split && format.testSplit(dir).isPresent()) {
      splits.put(format.testSplit(dir).get(), format.open(dir, Split.TEST));
    }
  }

  private void decode(Dataset opened, String split, IntConsumer progress) {
    String folder = split.equals(ImageFileFormat.WHOLE) ? "" : split + "/";
    for (int from = 0; from < opened.size(); from += PORTION) {
      int to = Math.min(opened.size(), from + PORTION);
      List<Object> looked =
          IntStream.range(from, to).parallel().mapToObj(i -> look(opened, i)).toList();
      for (int i = from; i < to; i++) {
        String path = folder + opened.path(i);
        switch (looked.get(i - from)) {
          case CorruptImageException e -> findings.add(new Finding(Kind.BROKEN, path, e.reason()));
          case Object digest -> compare(digest.toString(), path, name(opened, i));
        }
      }
      progress.accept(to);
    }
  }

  private static String name(Dataset opened, int index) {
    return opened.classNames().get(opened.label(index));
  }

  /** Returns the digest of an image's pixels, or why there are none. */
  private static Object look(Dataset opened, int index) {
    try {
      Image image = opened.image(index);
      MessageDigest digest = Sha256.digest();
      digest.update(image.shapeText().getBytes(UTF_8));
      digest.update(image.pixels());
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (CorruptImageException e) {
      return e;
    }
  }

  private void compare(String digest, String path, String className) {
    Seen first = seen.putIfAbsent(digest, new Seen(path, className));
    if (first != null) {
      String other = first.className.equals(className) ? "" : ", of another class";
      findings.add(new Finding(Kind.DUPLICATE, path, "the same picture as " + first.path + other));
    }
  }

  private Map<String, Integer> count(Dataset opened, String split) {
    Map<String, Integer> counts = new TreeMap<>();
    opened.classNames().forEach(name -> counts.put(name, 0));
    for (int i = 0; i < opened.size(); i++) {
      counts.merge(name(opened, i), 1, Integer::sum);
    }
    if (List.of(ImageFileFormat.TRAIN, ImageFileFormat.WHOLE).contains(split)) {
      counts.forEach(
          (name, count) -> {
            if (count < FEW) {
              String found = count == 1 ? "one image, none to hold out" : count + " images";
              findings.add(new Finding(Kind.FEW, name, found + " to learn from"));
            }
          });
    }
    return counts;
  }
}
