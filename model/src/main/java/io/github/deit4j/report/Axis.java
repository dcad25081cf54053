package io.github.deit4j.report;

import java.util.List;

/** An axis between two numbers. */
public sealed interface Axis permits LinearAxis, LogAxis {
  /** Returns the lower end. */
  double min();

  /** Returns the upper end. */
  double max();

  /** Returns where it has marks, from the lower end to the upper. */
  List<Double> ticks();

  /** Returns where a number lies, 0 at the lower end and 1 at the upper. */
  double position(double number);
}
