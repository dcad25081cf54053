package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import io.github.deit4j.weights.FormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;

/**
 * The images that a command line names: files, folders with all that is below them, quoted patterns
 * ({@code 'photos/**.jpg'}), a list with a path on each line. The order is that of the arguments,
 * then of names within a folder; hidden files are left out, links followed, loops of links end
 * where they close. A folder is listed when its turn comes, so that there may be millions of
 * images.
 */
final class ImageArguments {
  private static final String PATTERN_CHARACTERS = "*?[{";

  private final List<String> arguments;
  private final Path list;

  /**
   * Takes the arguments.
   *
   * @param list a file of paths, {@code null} for none
   */
  ImageArguments(List<String> arguments, Path list) {
    this.arguments = arguments;
    this.list = list;
  }

  /**
   * An image to read, or what can't be listed.
   *
   * @param problem {@code null} for an image
   */
  record Found(Path path, String problem) {
    static Found image(Path path) {
      return new Found(path, null);
    }
  }

  /** Returns whether files alone are named, each of which a user expects to see. */
  boolean areFiles() {
    return list == null
        && arguments.stream()
            .noneMatch(each -> isPattern(each) || Files.isDirectory(Path.of(each)));
  }

  private static boolean isPattern(String argument) {
    return argument.chars().anyMatch(c -> PATTERN_CHARACTERS.indexOf(c) >= 0)
        && !Files.exists(Path.of(argument));
  }

  /** Returns how many images there are. */
  long count() throws IOException {
    long count = 0;
    try (Walk walk = open()) {
      while (walk.hasNext()) {
        count += walk.next().problem() == null ? 1 : 0;
      }
    }
    return count;
  }

  /** Starts to list them. */
  Walk open() throws IOException {
    return new Walk(arguments, list);
  }

  /**
   * Lists images one by one. Reading a list may throw an {@link UncheckedIOException}, of a {@link
   * FormatException} if it is no text file.
   */
  static final class Walk implements Iterator<Found>, AutoCloseable {
    private final Iterator<String> arguments;
    private final Path list;
    private final BufferedReader lines;
    private final Deque<Folder> folders = new ArrayDeque<>();
    private Found next;

    /** A folder whose entries are being gone through. */
    private record Folder(Path real, Iterator<Path> entries, Predicate<Path> wanted, int depth) {}

    private Walk(List<String> arguments, Path list) throws IOException {
      this.arguments = arguments.iterator();
      this.list = list;
      lines =
          list == null
              ? null
              : new BufferedReader(
                  new InputStreamReader(
                      InputFiles.open(
                          list, Limit.LIST_BYTES, problem -> new FormatException(list, problem)),
                      UTF_8.newDecoder()));
    }

    @Override
    public boolean hasNext() {
      if (next == null) {
        advance();
      }
      return next != null;
    }

    @Override
    public Found next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Found current = next;
      next = null;
      return current;
    }

    private void advance() {
      while (next == null) {
        if (!folders.isEmpty()) {
          step(folders.peek());
        } else if (arguments.hasNext()) {
          start(arguments.next());
        } else {
          String line = line();
          if (line == null) {
            return;
          }
          next = line.isBlank() ? null : listed(line);
        }
      }
    }

    private String line() {
      try {
        return lines == null ? null : lines.readLine();
      } catch (CharacterCodingException e) {
        throw new UncheckedIOException(new FormatException(list, "text in UTF-8", "other bytes"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Found listed(String line) {
      try {
        return Found.image(Path.of(line));
      } catch (InvalidPathException e) {
        return new Found(Path.of("-"), "expected a file's path, found \"" + line + "\"");
      }
    }

    private void start(String argument) {
      Path path = Path.of(argument);
      if (Files.isDirectory(path)) {
        enter(path, ImageDecoder::isNamedAsImage, Integer.MAX_VALUE);
      } else if (isPattern(argument)) {
        enterPattern(argument, path);
      } else {
        next = Found.image(path);
      }
    }

    private void enterPattern(String argument, Path path) {
      Path base = path.isAbsolute() ? path.getRoot() : Path.of("");
      int plain = 0;
      while (plain < path.getNameCount() - 1 && !isPattern(path.getName(plain).toString())) {
        base = base.resolve(path.getName(plain++));
      }
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + argument);
      int deep = argument.contains("**") ? Integer.MAX_VALUE : path.getNameCount() - plain;
      enter(base, matcher::matches, deep);
    }

    private void enter(Path folder, Predicate<Path> wanted, int depth) {
      try {
        Path real = folder.toRealPath();
        boolean loop = folders.stream().anyMatch(each -> each.real.equals(real));
        if (depth > 0 && !loop) {
          folders.push(new Folder(real, entries(folder), wanted, depth));
        }
      } catch (IOException e) {
        next = new Found(folder, "the folder can't be read: " + e);
      }
    }

    private static Iterator<Path> entries(Path folder) throws IOException {
      List<Path> entries = new ArrayList<>();
      // An empty path lists the folder at work, but its entries must not begin with a dot.
      try (DirectoryStream<Path> stream =
          Files.newDirectoryStream(folder.toString().isEmpty() ? Path.of(".") : folder)) {
        for (Path entry : stream) {
          if (!entry.getFileName().toString().startsWith(".")) {
            entries.add(folder.resolve(entry.getFileName()));
          }
        }
      }
      Collections.sort(entries);
      return entries.iterator();
    }

    private void step(Folder folder) {
      if (!folder.entries.hasNext()) {
        folders.pop();
        return;
      }
      Path entry = folder.entries.next();
      if (Files.isDirectory(entry)) {
        enter(entry, folder.wanted, folder.depth - 1);
      } else if (folder.wanted.test(entry)) {
        next = Found.image(entry);
      }
    }

    @Override
    public void close() throws IOException {
      if (lines != null) {
        lines.close();
      }
    }
  }
}
