package io.github.deit4j.data.set;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/** Makes small IDX files. */
public final class IdxFiles {
  private IdxFiles() {}

  /** Returns a file of unsigned bytes counting up from 0. */
  public static byte[] counting(int... dimensions) throws IOException {
    int length = 1;
    for (int dimension : dimensions) {
      length *= dimension;
    }
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) i;
    }
    return of(data, dimensions);
  }

  public static byte[] of(byte[] data, int... dimensions) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(0x0800 | dimensions.length);
    for (int dimension : dimensions) {
      out.writeInt(dimension);
    }
    out.write(data);
    return bytes.toByteArray();
  }

  public static byte[] gzip(byte[] content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }
}
