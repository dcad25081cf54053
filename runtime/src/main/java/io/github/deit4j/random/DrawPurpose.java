package io.github.deit4j.random;

/**
 * What a random draw of the data is for: one part of the key of its {@link Philox} stream, so that
 * draws for different purposes share no numbers. The numbers are part of every run's result and
 * never change. Data owns 1 to 99; draws inside the model use others.
 */
public enum DrawPurpose {
  /** The permutation of an epoch; position 0. */
  EPOCH_ORDER(1),
  /** Crops, flips and colour operations of one sample. */
  TRANSFORM(2),
  /** Random erasing of one sample. */
  ERASE(3),
  /** Mixup and cutmix of a batch; position is the batch's first sample. */
  MIX(4),
  /** The numbers in a sample's erased boxes: 50 for the first box, 51 for the second … */
  ERASE_NOISE(50);

  private final int number;

  DrawPurpose(int number) {
    this.number = number;
  }

  /**
   * Opens the stream of one use.
   *
   * @param seed the run's seed
   * @param epoch epoch, from 0
   * @param position position in the epoch's sample order
   */
  public Philox stream(long seed, int epoch, int position) {
    return new Philox(seed, number, epoch, position);
  }

  /**
   * Names one of several streams of the same use.
   *
   * @param index number of the stream, from 0
   */
  public StreamKey key(long seed, int epoch, int position, int index) {
    return new StreamKey(seed, number + index, epoch, position);
  }
}
