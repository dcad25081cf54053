package io.github.deit4j.run;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.READ;
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
  FileOperations DISK = new Disk();

  /** Creates a folder in an existing one. */
  void createFolder(Path folder) throws IOException;

  /** Writes a new file and forces it to the disk. */
  void write(Path file, FileContent content) throws IOException;

  /** Forces a folder's entries to the disk. */
  void forceFolder(Path folder) throws IOException;

  /** Renames a file or folder within the same file system, atomically. */
  void move(Path from, Path to) throws IOException;

  /** Creates or replaces a text file atomically and forces it to the disk. */
  void replace(Path file, String text) throws IOException;

  /** Deletes a folder and all in it. */
  void deleteTree(Path folder) throws IOException;

  /** The operations on the file system. */
  final class Disk implements FileOperations {
    private Disk() {}

    @Override
    public void createFolder(Path folder) throws IOException {
      Files.createDirectory(folder);
    }

    @Override
    public void write(Path file, FileContent content) throws IOException {
      content.writeTo(file);
      try (FileChannel channel = FileChannel.open(file, WRITE)) {
        channel.force(true);
      }
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      // Windows cannot open folders, and does not need it.
      if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        try (FileChannel channel = FileChannel.open(folder, READ)) {
          channel.force(true);
        }
      }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      Files.move(from, to, ATOMIC_MOVE);
    }

    @Override
    public void replace(Path file, String text) throws IOException {
      AtomicFiles.writeString(file, text);
    }

    @Override
    public void deleteTree(Path folder) throws IOException {
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
}
