package io.github.deit4j.bench.suite;

import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/** Leaves out models for which the host's memory is too small. A device says so itself. */
final class MemoryCheck {
  private static final double USABLE = 0.8;
  private static final double GIB = 1 << 30;

  /** A JVM with its libraries, for us and for each peer. */
  private static final long PROCESS = 1L << 30;

  /** Weight, gradient and two moments. */
  private static final int TRAINED_COPIES = 4;

  /** The weight and its packed form. */
  private static final int LOADED_COPIES = 2;

  /** The chunks of an arena double, so that it may have twice what is needed. */
  private static final int CHUNKS = 2;

  /** Activations of a block that live at once, in widths of a token. */
  private static final int BLOCK_WIDTHS = 24;

  private final LongSupplier available;

  /**
   * Creates the check.
   *
   * @param available bytes that programs can get
   */
  MemoryCheck(LongSupplier available) {
    this.available = available;
  }

  /** Returns the trial with the contestants that fit together, the first ones first. */
  Trial fitting(Trial trial, BiConsumer<String, String> leaveOut) {
    if (!Share.isOfModels(trial.kind())) {
      return trial;
    }
    double usable = USABLE * available.getAsLong() - PROCESS;
    List<Contestant> fitting = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      double needed = contestant.onDevice() ? 0 : bytes(trial);
      needed += contestant.isPeer() ? PROCESS : 0;
      if (needed <= usable) {
        fitting.add(contestant);
        usable -= needed;
      } else {
        leaveOut.accept(
            trial.with(List.of(contestant)).toString(),
            "about %.1f GiB of memory were needed, and %.1f GiB are there"
                .formatted(needed / GIB, usable / GIB));
      }
    }
    return trial.with(fitting);
  }

  /** Returns about how many bytes a model takes. */
  static double bytes(Trial trial) {
    DeiTConfig config = DeiTConfig.named(trial.model());
    boolean trains = trial.kind() != Trial.Kind.INFERENCE;
    double weights = (trains ? TRAINED_COPIES : LOADED_COPIES) * (double) config.parameterCount();
    double block = (double) config.tokens() * config.width() * BLOCK_WIDTHS;
    double image = (double) config.channels() * config.imageSize() * config.imageSize();
    double activations = trial.batch() * (2 * image + (trains ? config.depth() + 2 : 2) * block);
    return Float.BYTES * (weights + CHUNKS * activations);
  }
}
