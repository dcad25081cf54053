package io.github.deit4j.bench.suite;

/** What the comparison of two measurements of a cell comes to. */
enum Verdict {
  /** The second takes less time, beyond the noise. */
  FASTER,
  /** The second takes more time, beyond the noise. */
  SLOWER,
  /** What difference there is may be noise. */
  SAME
}
