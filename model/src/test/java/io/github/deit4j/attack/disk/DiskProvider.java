package io.github.deit4j.attack.disk;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Stands before the default provider in a JVM that is started with {@code
 * -Djava.nio.file.spi.DefaultFileSystemProvider}, so that whatever opens a {@link Path} goes
 * through it, and tells the {@link Disk} of it.
 */
public final class DiskProvider extends FileSystemProvider {
  /** The system property that puts it in place. */
  public static final String PROPERTY = "java.nio.file.spi.DefaultFileSystemProvider";

  private final FileSystemProvider real;
  private final DiskFileSystem system;

  /** Called by Java. */
  public DiskProvider(FileSystemProvider real) {
    this.real = real;
    this.system = new DiskFileSystem(this, real.getFileSystem(URI.create("file:///")));
  }

  private static Path real(Path path) {
    return Disk.real(path);
  }

  private static Path absolute(Path path) {
    return real(path).toAbsolutePath().normalize();
  }

  @Override
  public String getScheme() {
    return real.getScheme();
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
    return real.newFileSystem(uri, environment);
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return system;
  }

  @Override
  public Path getPath(URI uri) {
    return new DiskPath(system, real.getPath(uri));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path absolute = absolute(path);
    boolean writes =
        options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
    Disk.before(writes ? Operation.CREATE : Operation.OPEN, absolute);
    FileChannel channel = real.newFileChannel(real(path), options, attributes);
    if (writes) {
      Disk.created(absolute);
    }
    return new DiskChannel(absolute, channel);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    Disk.before(Operation.LIST, absolute(folder));
    DirectoryStream<Path> entries =
        real.newDirectoryStream(real(folder), entry -> filter.accept(new DiskPath(system, entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> inner = entries.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return inner.hasNext();
          }

          @Override
          public Path next() {
            return new DiskPath(system, inner.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        entries.close();
      }
    };
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    Disk.before(Operation.MAKE_FOLDER, absolute(folder));
    real.createDirectory(real(folder), attributes);
    Disk.madeFolder(absolute(folder));
  }

  @Override
  public void delete(Path path) throws IOException {
    Disk.before(Operation.DELETE, absolute(path));
    real.delete(real(path));
    Disk.deleted(absolute(path));
  }

  @Override
  public void copy(Path from, Path to, CopyOption... options) throws IOException {
    Disk.before(Operation.CREATE, absolute(to));
    real.copy(real(from), real(to), options);
    Disk.created(absolute(to));
  }

  @Override
  public void move(Path from, Path to, CopyOption... options) throws IOException {
    Disk.before(Operation.RENAME, absolute(from));
    real.move(real(from), real(to), options);
    Disk.moved(absolute(from), absolute(to));
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    return new DiskPath(system, real.readSymbolicLink(real(link)));
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return real.isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return real.isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return real.getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return real.getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return real.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    real.setAttribute(real(path), name, value, options);
  }
}
