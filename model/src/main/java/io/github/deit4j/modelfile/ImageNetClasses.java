package io.github.deit4j.modelfile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The 1000 classes of ImageNet (ILSVRC 2012). Their folders are called by WordNet's synsets, such
 * as {@code n01440764}; people know them by the synset's words, such as "tench, Tinca tinca".
 * Sorted synsets are the labels' order.
 */
final class ImageNetClasses {
  static final int COUNT = 1000;

  private static final String RESOURCE = "imagenet-classes.txt";
  private static final Pattern SYNSET = Pattern.compile("n\\d{8}");

  private ImageNetClasses() {}

  /** Read at the first use, since most models need no such list. */
  private static final class Table {
    private static final Map<String, String> NAMES = read();

    private static Map<String, String> read() {
      Map<String, String> names = new LinkedHashMap<>();
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(ImageNetClasses.class.getResourceAsStream(RESOURCE), UTF_8))) {
        for (String line : in.lines().filter(line -> !line.startsWith("#")).toList()) {
          int space = line.indexOf(' ');
          names.put(line.substring(0, space), line.substring(space + 1));
        }
        return names;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Returns the names in label order. */
  static List<String> names() {
    return new ArrayList<>(Table.NAMES.values());
  }

  /** Returns the name of a synset, if it is one of ImageNet's. */
  static Optional<String> name(String synset) {
    return SYNSET.matcher(synset).matches()
        ? Optional.ofNullable(Table.NAMES.get(synset))
        : Optional.empty();
  }
}
