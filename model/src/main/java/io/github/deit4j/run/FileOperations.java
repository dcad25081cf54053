package io.github.deit4j.run;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.deit4j.run.CheckpointStore.FileContent;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The changes to the disk that a checkpoint is made of. Tests put an implementation in its place
 * that fails.
 */
interface FileOperations {
  /** The real disk. */
  FileOperations DISK = new FileOperations() {};

  /** Creates a folder in an existing one. */
  default void createFolder(Path folder) throws IOException {
    Files.createDirectory(folder);
  }

  /** Writes a new file and forces it to the disk. */
  default void write(Path file, FileContent content) throws IOException {
    content.writeTo(file);
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      channel.force(true);
    }
  }

  /** Forces a folder's entries to the disk. */
  default void forceFolder(Path folder) throws IOException {
    AtomicFiles.forceFolder(folder);
  }

  /** Renames a file or folder within the same file system, atomically. */
  default void move(Path from, Path to) throws IOException {
    Files.move(from, to, ATOMIC_MOVE);
  }

  /** Creates or replaces a text file atomically and forces it to the disk. */
  default void replace(Path file, String text) throws IOException {
    AtomicFiles.writeString(file, text);
  }

  /** Deletes a folder and all in it. */
  default void deleteTree(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> tree = Files.walk(folder)) {
      all = tree.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
