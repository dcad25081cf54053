package io.github.deit4j.attack.disk;

/** What can fail. */
public enum Operation {
  /** Opening a file to read it. */
  OPEN(false),
  /** Reading some bytes, or mapping a file. */
  READ(false),
  /** Listing a folder. */
  LIST(false),
  /** Opening a file to write it, which may create it. */
  CREATE(true),
  /** Writing some bytes; half of them are written all the same. */
  WRITE(true),
  /** Forcing a file or a folder to the disk. */
  SYNC(true),
  /** Renaming. */
  RENAME(true),
  /** Creating a folder. */
  MAKE_FOLDER(true),
  /** Deleting. */
  DELETE(true),
  /** Cutting a file off. */
  TRUNCATE(true);

  private final boolean changes;

  Operation(boolean changes) {
    this.changes = changes;
  }

  /** Returns whether it changes what is on the disk. */
  public boolean changes() {
    return changes;
  }
}
