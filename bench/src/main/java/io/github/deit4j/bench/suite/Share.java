package io.github.deit4j.bench.suite;

/**
 * How a round's time is shared among the kinds of trials. What one kind leaves the next may use.
 */
final class Share {
  private Share() {}

  /** Returns the kind's share. */
  static double of(Trial.Kind kind) {
    return switch (kind) {
      case CEILINGS -> 0.06;
      case DATA -> 0.04;
      case PREDICT -> 0.05;
      case FULL_SPEED -> 0.05;
      case OPS -> 0.16;
      case INFERENCE -> 0.34;
      case TRAIN_STEP -> 0.18;
      case BREAKDOWN -> 0.12;
    };
  }

  /** Returns the largest part of its kind's time that one contestant may take. */
  static double largest(Trial.Kind kind) {
    // There is one breakdown where time is short.
    return kind == Trial.Kind.BREAKDOWN ? 1 : 0.5;
  }

  /** Returns the share of the kind and all before it. */
  static double until(Trial.Kind kind) {
    double until = 0;
    for (Trial.Kind each : Trial.Kind.values()) {
      if (each.compareTo(kind) <= 0) {
        until += of(each);
      }
    }
    return until;
  }

  /** Returns whether each contestant of the kind opens a model and takes its own time. */
  static boolean isOfModels(Trial.Kind kind) {
    return switch (kind) {
      case INFERENCE, TRAIN_STEP, BREAKDOWN -> true;
      default -> false;
    };
  }
}
