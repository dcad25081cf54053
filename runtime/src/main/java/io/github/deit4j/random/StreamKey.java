package io.github.deit4j.random;

/**
 * The name of a {@link Philox} stream, for ops that draw on the device.
 *
 * @param seed the run's seed
 * @param purpose what the numbers are for
 * @param epoch epoch for data, optimizer step for draws inside the model
 * @param position position in the epoch's sample order, or in the whole batch
 */
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
