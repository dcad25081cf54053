package io.github.deit4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/**
 * The golden folder: reference numbers in safetensors, JSON, CSV and image files, all listed in its
 * {@code manifest.json}. It is the folder named by {@code -Dgolden.dir}, else the one among the
 * test resources. Tests take every name, size and number of cases from the files.
 */
public final class Golden {
  private static final String MANIFEST = "manifest.json";

  /** Files that tests of this JVM have asked for. */
  private static final Set<String> OPENED = ConcurrentHashMap.newKeySet();

  /** A folder in which each JVM of a build writes down what it has opened; null for one JVM. */
  private static final String OPENED_BY_ALL = System.getProperty("golden.opened");

  private Golden() {}

  /**
   * A file listed in the manifest.
   *
   * @param file path inside the golden folder
   * @param item number of the item it belongs to
   * @param valid false for a file that a loader must refuse
   * @param json the manifest's whole entry
   */
  public record Entry(String file, int item, boolean valid, JsonValue json) {
    private static Entry of(JsonValue json) throws IOException {
      boolean valid = !json.has("valid") || json.get("valid").asBoolean();
      return new Entry(json.get("file").asString(), json.get("item").asInt(), valid, json);
    }
  }

  /** Returns the golden folder; fails the test if there is none. */
  public static Path dir() {
    String property = System.getProperty("golden.dir");
    Path dir = property == null ? resources() : named(property);
    assertThat(dir.resolve(MANIFEST))
        .as("manifest of the golden folder (-Dgolden.dir=%s)", property)
        .isRegularFile();
    return dir;
  }

  /**
   * Relative paths count from here, the module's folder, or from the repository's root above it.
   */
  private static Path named(String property) {
    Path dir = Path.of(property).toAbsolutePath();
    return Files.isDirectory(dir) ? dir : Path.of("..", property).toAbsolutePath().normalize();
  }

  private static Path resources() {
    var manifest = Golden.class.getResource("/golden/" + MANIFEST);
    assertThat(manifest).as("golden folder among the test resources").isNotNull();
    try {
      return Path.of(manifest.toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns all files that the manifest lists. */
  public static List<Entry> entries() throws IOException {
    var entries = new ArrayList<Entry>();
    for (JsonValue entry : Json.read(dir().resolve(MANIFEST)).get("files").items()) {
      entries.add(Entry.of(entry));
    }
    return entries;
  }

  /** Returns the files of one item; fails the test if there is none. */
  public static List<Entry> entries(int item) throws IOException {
    var entries = entries().stream().filter(entry -> entry.item() == item).toList();
    assertThat(entries).as("files of golden item %d in %s", item, dir()).isNotEmpty();
    return entries;
  }

  /** Returns whether the manifest lists the file. Only a file it does not list may be left out. */
  public static boolean listed(String file) throws IOException {
    return entries().stream().anyMatch(entry -> entry.file().equals(file));
  }

  /** Returns the path of a file; fails the test if it is missing. */
  public static Path path(String file) {
    Path path = unopened(file);
    if (OPENED.add(file) && OPENED_BY_ALL != null) {
      record(file);
    }
    return path;
  }

  private static synchronized void record(String file) {
    try {
      Path folder = Files.createDirectories(Path.of(OPENED_BY_ALL));
      Path ofThisJvm = folder.resolve(Long.toString(ProcessHandle.current().pid()));
      Files.writeString(
          ofThisJvm, file + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, for those who do not compare anything with what is in the file. */
  static Path unopened(String file) {
    Path path = dir().resolve(file);
    assertThat(path).as("golden file").isRegularFile();
    return path;
  }

  /** Returns the listed files whose paths no test has got, of this JVM and those beside it. */
  public static Set<String> notOpened() throws IOException {
    Set<String> files = new TreeSet<>();
    entries().forEach(entry -> files.add(entry.file()));
    files.removeAll(OPENED);
    if (OPENED_BY_ALL != null && Files.isDirectory(Path.of(OPENED_BY_ALL))) {
      try (Stream<Path> jvms = Files.list(Path.of(OPENED_BY_ALL))) {
        for (Path jvm : jvms.toList()) {
          Files.readAllLines(jvm).forEach(files::remove);
        }
      }
    }
    return files;
  }

  /** Opens a safetensors file of the golden folder. */
  public static SafetensorsFile open(String file) throws IOException {
    return SafetensorsFile.open(path(file));
  }

  /** Reads a JSON file of the golden folder. */
  public static JsonValue json(String file) throws IOException {
    return Json.read(path(file));
  }

  /** Reads a text file of the golden folder. */
  public static List<String> lines(String file) throws IOException {
    return Files.readAllLines(path(file));
  }

  /** Fails unless |got − expected| ≤ atol + rtol · |expected| for every element. */
  public static void assertClose(
      String name, float[] got, float[] expected, double atol, double rtol) {
    assertLength(name, got.length, expected.length);
    assertClose(name, got.length, i -> got[i], i -> expected[i], atol, rtol);
  }

  /** Fails unless |got − expected| ≤ atol + rtol · |expected| for every element. */
  public static void assertClose(
      String name, float[] got, double[] expected, double atol, double rtol) {
    assertLength(name, got.length, expected.length);
    assertClose(name, got.length, i -> got[i], i -> expected[i], atol, rtol);
  }

  /** Fails unless |got − expected| ≤ atol + rtol · |expected| for every element. */
  public static void assertClose(
      String name, double[] got, double[] expected, double atol, double rtol) {
    assertLength(name, got.length, expected.length);
    assertClose(name, got.length, i -> got[i], i -> expected[i], atol, rtol);
  }

  /** Fails unless |got − expected| ≤ atol + rtol · |expected|. */
  public static void assertClose(
      String name, double got, double expected, double atol, double rtol) {
    assertClose(name, 1, i -> got, i -> expected, atol, rtol);
  }

  private static void assertLength(String name, int got, int expected) {
    assertThat(got).as("%s: number of elements", name).isEqualTo(expected);
  }

  private static void assertClose(
      String name,
      int length,
      IntToDoubleFunction got,
      IntToDoubleFunction expected,
      double atol,
      double rtol) {
    int outside = 0;
    int worst = 0;
    double largest = 0;
    for (int i = 0; i < length; i++) {
      double error = Math.abs(got.applyAsDouble(i) - expected.applyAsDouble(i));
      if (error <= atol + rtol * Math.abs(expected.applyAsDouble(i))) {
        continue;
      }
      outside++;
      // Written so that a NaN counts as the largest error.
      if (outside == 1 || !(error <= largest)) {
        largest = error;
        worst = i;
      }
    }
    if (outside > 0) {
      fail(
          "%s: %d of %d elements differ by more than %s + %s·|expected|; "
              + "largest error %s at index %d: expected %s, got %s",
          name,
          outside,
          length,
          atol,
          rtol,
          largest,
          worst,
          expected.applyAsDouble(worst),
          got.applyAsDouble(worst));
    }
  }
}
