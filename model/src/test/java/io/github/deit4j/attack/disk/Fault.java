package io.github.deit4j.attack.disk;

/** What happens at the n-th operation. */
public enum Fault {
  /** It fails, and what follows works. */
  ONCE,
  /** It fails, and so does every later one; of files, that changes something: a full disk. */
  LASTING,
  /** The power fails: what was not forced to the disk is gone, names and contents. */
  POWER_ALL,
  /** The power fails: contents that were not forced are gone, but all names are as they were. */
  POWER_CONTENTS;

  /** Returns whether the power fails. */
  public boolean isPower() {
    return this == POWER_ALL || this == POWER_CONTENTS;
  }
}
