package io.github.deit4j.random;

/**
 * What random numbers are drawn for. Each purpose owns a range of the numbers that are part of a
 * {@link Philox} stream's key, so that no two purposes of a run ever share a stream. The numbers
 * decide every run's result and never change; a new purpose takes a free range.
 *
 * <p>Draws of the data are keyed by epoch and position in the epoch's sample order, draws inside
 * the model by optimizer step and position in the whole batch.
 */
public enum Purpose {
  /** The permutation of an epoch; position 0. */
  EPOCH_ORDER(1, 1),
  /** Crops, flips and colour operations of one sample. */
  TRANSFORM(2, 1),
  /** Random erasing of one sample. */
  ERASE(3, 1),
  /** Mixup and CutMix of samples; position is the first one that shares the draw. */
  MIX(4, 1),
  /** Which images of a class are held out of training; position is the class. */
  VALIDATION_SPLIT(5, 1),
  /** Which images an epoch with equally many of each class has; position 0, and the class + 1. */
  CLASS_BALANCE(6, 1),
  /** The numbers in a sample's erased boxes, a stream for each box. */
  ERASE_NOISE(50, 50),
  /** Stochastic depth, a stream for each branch of the model. */
  DROP_PATH(0x1000, 0x1000),
  /** The first values of a transformer's parameters; position is the parameter's number. */
  INITIALIZATION(0x2000, 1),
  /** The first values of a convolutional network's parameters. */
  CONVNET_INITIALIZATION(0x3000, 1),
  /** Dropout, a stream for each layer of the model that drops. */
  DROPOUT(0x4000, 0x1000);

  private final int first;
  private final int streams;

  Purpose(int first, int streams) {
    this.first = first;
    this.streams = streams;
  }

  /** Returns how many streams the purpose has for each epoch or step and position. */
  public int streams() {
    return streams;
  }

  /** Opens the purpose's first, and often only, stream. */
  public Philox stream(long seed, int epoch, int position) {
    return key(0, seed, epoch, position).open();
  }

  /**
   * Names a stream.
   *
   * @param index which of the purpose's streams, of 0 to {@link #streams} − 1
   * @param seed the run's seed
   * @param epoch epoch or optimizer step, from 0
   * @param position position in the epoch's order or in the whole batch
   */
  public StreamKey key(int index, long seed, int epoch, int position) {
    if (index < 0 || index >= streams) {
      throw new IllegalArgumentException(
          "%s: expected a stream of 0 to %d, found %d".formatted(this, streams - 1, index));
    }
    return new StreamKey(seed, first + index, epoch, position);
  }
}
