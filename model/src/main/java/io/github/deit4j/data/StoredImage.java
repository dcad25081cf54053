package io.github.deit4j.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * An image that needs no decoding, where its data set keeps it, and what is to be seen of it.
 *
 * @param pixels unsigned bytes of the whole image [channel, row, column], not to be changed; they
 *     are there while the data set is open
 */
public record StoredImage(MemorySegment pixels, ImageView view) {
  /** Returns what is seen, as an image of its own. */
  public Image toImage() {
    byte[] all = pixels.toArray(JAVA_BYTE);
    Image seen =
        new Image(view.channels(), view.imageHeight(), view.imageWidth(), all)
            .crop(view.top(), view.left(), view.height(), view.width());
    return view.mirrored() ? seen.mirror() : seen;
  }
}
