package io.github.deit4j.train;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.StoredImage;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.PixelOps.Crop;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings the stored images of a batch to the backend as they are, and has it cut the samples out of
 * them. The host copies bytes and does nothing else with them.
 */
final class StoredImageCuts {
  private final Backend backend;
  private final TensorArena arena;

  /**
   * Bytes that are taken in every step, so that a device sees the same step again although stored
   * images may be of several sizes: as many as the largest batch so far wanted, and some more.
   */
  private long room;

  /**
   * Prepares them.
   *
   * @param arena of their own
   */
  StoredImageCuts(Backend backend, TensorArena arena) {
    this.backend = backend;
    this.arena = arena;
  }

  /**
   * Makes samples.
   *
   * @param samples U8 [B, channels, height, width]
   * @param images of which they are views, one each; an image that comes several times in a row, as
   *     with repeated augmentation, is copied once
   * @throws UncheckedIOException if images cannot be read any more, which a moment ago they could
   */
  void cut(Tensor samples, List<StoredImage> images) {
    arena.reset();
    List<MemorySegment> pieces = new ArrayList<>();
    List<Crop> crops = new ArrayList<>();
    long begin = 0;
    long end = 0;
    for (StoredImage image : images) {
      if (pieces.isEmpty() || !pieces.getLast().equals(image.pixels())) {
        pieces.add(image.pixels());
        begin = end;
        end += image.pixels().byteSize();
      }
      crops.add(crop(image.view(), begin));
    }
    int bytes = Math.toIntExact(end);
    if (bytes > room) {
      room = Math.min(Integer.MAX_VALUE, bytes + bytes / 8L);
    }
    Tensor stored = arena.allocate(DType.U8, Shape.of((int) room)).slice(0, bytes);
    try {
      backend.write(stored, pieces);
    } catch (InternalError e) {
      // What the JVM makes of a page of a mapped file that is gone.
      throw new UncheckedIOException(
          new DatasetException("the data set's images can't be read any more: " + e, e));
    }
    backend.pixels().crop(samples, stored, crops);
  }

  private static Crop crop(ImageView view, long place) {
    return new Crop(
        place, view.imageHeight(), view.imageWidth(), view.top(), view.left(), view.mirrored());
  }
}
