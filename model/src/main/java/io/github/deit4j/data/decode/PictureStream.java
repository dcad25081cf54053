package io.github.deit4j.data.decode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A file's content as a decoder reads it, which ends for good: the decoder of lossless WebP files
 * takes the last bits again and again for what is missing, as many as 65,536 tables of codes, and a
 * file of 300 bytes so keeps it busy for seconds and gigabytes.
 */
final class PictureStream extends MemoryCacheImageInputStream {
  /**
   * How often a decoder may find that there is no more. That of WebP looks once with each code that
   * it takes from the last eight bytes.
   */
  private static final int MOST_ENDS = 100;

  private int ends;

  PictureStream(byte[] file) {
    super(new ByteArrayInputStream(file));
  }

  @Override
  public int read() throws IOException {
    return notPastEnd(super.read());
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    return notPastEnd(super.read(into, from, length));
  }

  private int notPastEnd(int read) throws IIOException {
    if (read < 0 && ++ends > MOST_ENDS) {
      throw new IIOException("the file is cut off");
    }
    return read;
  }
}
