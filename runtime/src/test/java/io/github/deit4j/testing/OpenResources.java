package io.github.deit4j.testing;

import io.github.deit4j.tensor.OpenArenas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this process has open at a moment: arenas, by which also sessions, models and training runs
 * count, for each of them keeps one; our threads; and, on Linux, files below the folder of
 * temporary files and the project, open or mapped.
 *
 * <p>Not counted, since they come and go by no test's doing: threads of the JDK and of libraries,
 * and virtual ones, which nobody can list; the command line's warm-up, which ends by itself; jars,
 * native libraries and class archives, which stay; files of Surefire.
 *
 * @param things what is open, with what to tell about it
 */
public record OpenResources(Map<Object, String> things) {
  private static final String OUR_THREADS = "deit4j";
  private static final String WARM_UP = "deit4j-warm-up";
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");
  private static final Path MAPPED_FILES = Path.of("/proc/self/maps");

  /** Address, rights, offset, device and number come before the name. */
  private static final Pattern MAPPED = Pattern.compile("(?:\\S+\\s+){5}(/.*)");

  private static final Pattern STAYS =
      Pattern.compile(
          ".*(\\.jar|\\.jsa|\\.so(\\.\\d+)*|/hsperfdata_.*|surefire.*)( \\(deleted\\))?");
  private static final List<Path> FOLDERS =
      List.of(
          Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath(),
          Path.of("").toAbsolutePath().getParent());
  private static final int FRAMES = 8;

  /** Returns what is open at this moment. */
  public static OpenResources now() {
    var things = new LinkedHashMap<Object, String>();
    OpenArenas.now().forEach(arena -> things.put(arena, arena.toString()));
    Thread.getAllStackTraces().forEach((thread, frames) -> addThread(thread, frames, things));
    if (Files.exists(OPEN_FILES)) {
      addOpenFiles(things);
      addMappedFiles(things);
    }
    return new OpenResources(things);
  }

  /** Returns, in words, what is open here and was not then. */
  public List<String> since(OpenResources then) {
    return things.entrySet().stream()
        .filter(thing -> !then.things.containsKey(thing.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static void addThread(
      Thread thread, StackTraceElement[] frames, Map<Object, String> things) {
    if (thread.getName().startsWith(OUR_THREADS) && !thread.getName().equals(WARM_UP)) {
      things.put(
          thread,
          Stream.of(frames)
              .limit(FRAMES)
              .map(frame -> "\n  " + frame)
              .collect(
                  Collectors.joining("", "thread '" + thread.getName() + "', which is at ", "")));
    }
  }

  private static void addOpenFiles(Map<Object, String> things) {
    try (Stream<Path> numbers = Files.list(OPEN_FILES)) {
      for (Path number : (Iterable<Path>) numbers::iterator) {
        addOpenFile(number, things);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void addOpenFile(Path number, Map<Object, String> things) throws IOException {
    try {
      String file = Files.readSymbolicLink(number).toString();
      if (counts(file) && Files.isRegularFile(number)) {
        String told = "file " + file + ", open as number " + number.getFileName();
        things.put(told, told);
      }
    } catch (NoSuchFileException _) {
      // Closed since it was listed; this listing's own is always such a one.
    }
  }

  private static void addMappedFiles(Map<Object, String> things) {
    try {
      Set<String> files =
          Files.readAllLines(MAPPED_FILES).stream()
              .map(MAPPED::matcher)
              .filter(matcher -> matcher.matches() && counts(matcher.group(1)))
              .map(matcher -> matcher.group(1))
              .collect(Collectors.toSet());
      files.forEach(file -> things.put("mapped " + file, "file " + file + ", mapped"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean counts(String file) {
    return FOLDERS.stream().anyMatch(folder -> Path.of(file).startsWith(folder))
        && !STAYS.matcher(file).matches();
  }
}
