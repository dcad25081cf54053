package io.github.deit4j.attack.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A file that is open, whose operations the {@link Disk} is told of. */
final class DiskChannel extends FileChannel {
  private final Path path;
  private final FileChannel real;

  DiskChannel(Path path, FileChannel real) {
    this.path = path;
    this.real = real;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    Disk.before(Operation.READ, path);
    return real.read(into);
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) throws IOException {
    Disk.before(Operation.READ, path);
    return real.read(into, offset, length);
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    Disk.before(Operation.READ, path);
    return real.read(into, position);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    try {
      Disk.before(Operation.WRITE, path);
    } catch (IOException e) {
      real.write(from.slice(from.position(), from.remaining() / 2));
      throw e;
    }
    return real.write(from);
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    Disk.before(Operation.WRITE, path);
    return real.write(from, offset, length);
  }

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    Disk.before(Operation.WRITE, path);
    return real.write(from, position);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    Disk.before(Operation.TRUNCATE, path);
    real.truncate(size);
    return this;
  }

  /** The disk itself is not waited for: what it would hold is remembered. */
  @Override
  public void force(boolean metadata) throws IOException {
    Disk.before(Operation.SYNC, path);
    Disk.forced(path);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    Disk.before(Operation.READ, path);
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    Disk.before(Operation.WRITE, path);
    return real.transferFrom(source, position, count);
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    Disk.before(Operation.READ, path);
    return real.map(mode, position, size);
  }

  @Override
  public MemorySegment map(MapMode mode, long position, long size, Arena arena) throws IOException {
    Disk.before(Operation.READ, path);
    return real.map(mode, position, size, arena);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
