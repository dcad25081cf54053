package io.github.deit4j.input;

import io.github.deit4j.input.InputBudget.Limit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Function;

/**
 * The gateway by which files from outside are opened. Only regular files are: to open a named pipe
 * can take for ever, and a device has no end. Whoever can exchange a file between the look at it
 * and its opening can do anything else to it too, so that nothing is promised against that.
 *
 * <p>What is refused becomes the reader's own error, made of a text that says what was expected and
 * what was found.
 */
public final class InputFiles {
  private InputFiles() {}

  /**
   * Requires a regular file, or a link to one.
   *
   * @return its size in bytes
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if there is something else
   */
  public static long requireRegular(Path file, Function<String, ? extends IOException> refusal)
      throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      String found = attributes.isDirectory() ? "a folder" : "a device, pipe or socket";
      throw refusal.apply("expected a regular file, found " + found);
    }
    return attributes.size();
  }

  /**
   * Requires a regular file of at most as many bytes as a limit says.
   *
   * @return its size in bytes
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if there is something else, or it is larger
   */
  public static long requireRegular(
      Path file, Limit limit, Function<String, ? extends IOException> refusal) throws IOException {
    long bytes = requireRegular(file, refusal);
    InputBudget.STANDARD.require(limit, bytes, refusal);
    return bytes;
  }

  /**
   * Opens a regular file.
   *
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if there is something else, or it has more bytes
   *     than the limit says
   */
  public static InputStream open(
      Path file, Limit limit, Function<String, ? extends IOException> refusal) throws IOException {
    requireRegular(file, limit, refusal);
    return Files.newInputStream(file);
  }

  /**
   * Reads a whole regular file.
   *
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if there is something else, or it has more bytes
   *     than the limit says
   */
  public static byte[] read(Path file, Limit limit, Function<String, ? extends IOException> refusal)
      throws IOException {
    int bytes = Math.toIntExact(requireRegular(file, limit, refusal));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(bytes);
      // What the kernel makes up while it is read has no size: /proc, for one.
      if (in.read() >= 0) {
        throw refusal.apply("expected a file of " + bytes + " bytes, as it says, found more");
      }
      return content;
    }
  }

  /**
   * Reads a whole regular file of text in UTF-8.
   *
   * @throws CharacterCodingException if it is no such text
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if there is something else, or it has more bytes
   *     than the limit says
   */
  public static String readText(
      Path file, Limit limit, Function<String, ? extends IOException> refusal) throws IOException {
    return text(read(file, limit, refusal));
  }

  private static String text(byte[] content) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
  }

  /**
   * Reads text in UTF-8 from whatever somebody named on the command line, be it a pipe, as in
   * {@code --recipe <(sed … recipe.yaml)}; not more of it than the limit says.
   *
   * @throws CharacterCodingException if it is no such text
   * @throws IOException of the reader's making if there is more
   */
  public static String readTextOfAnyKind(
      Path file, Limit limit, Function<String, ? extends IOException> refusal) throws IOException {
    int most = Math.toIntExact(InputBudget.STANDARD.most(limit));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(most + 1);
      InputBudget.STANDARD.require(limit, content.length, refusal);
      return text(content);
    }
  }

  /**
   * Returns a file that lies in a folder itself, by a name that somebody else wrote down.
   *
   * @return the folder's file of this name, a regular one
   * @throws NoSuchFileException if there is nothing of this name
   * @throws IOException of the reader's making if the name leads anywhere else, be it through a
   *     link, or it names no regular file
   */
  public static Path inFolder(
      Path folder, String name, Function<String, ? extends IOException> refusal)
      throws IOException {
    Path file;
    try {
      file = folder.resolve(name);
    } catch (InvalidPathException e) {
      throw refusal.apply("expected a file's name, found \"" + name + "\"");
    }
    boolean plain =
        !name.isEmpty() && !name.equals("..") && !name.equals(".") && name.indexOf('\\') < 0;
    if (!plain || Path.of(name).getNameCount() != 1 || !folder.equals(file.getParent())) {
      throw refusal.apply("expected a file's name, found \"" + name + "\", which leads elsewhere");
    }
    requireRegular(file, refusal);
    if (!file.toRealPath().startsWith(folder.toRealPath())) {
      throw refusal.apply("expected a file in the folder " + folder + ", found a link out of it");
    }
    return file;
  }
}
