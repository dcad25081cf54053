package io.github.deit4j.random;

/** The name of a {@link Philox} stream, of the same parts, for ops that draw on the device. */
public record StreamKey(long seed, int purpose, int epoch, int position) {
  /** Returns the name of the stream of the image that many positions further. */
  public StreamKey plus(int images) {
    return new StreamKey(seed, purpose, epoch, position + images);
  }

  /** Opens the stream. */
  public Philox open() {
    return new Philox(seed, purpose, epoch, position);
  }
}
