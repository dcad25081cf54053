package io.github.deit4j.bench;

/** Tells devices from the host by the names of their backends. */
public final class Devices {
  private Devices() {}

  /** Returns whether the backend of this name has memory of its own and works while we go on. */
  public static boolean isDevice(String backend) {
    return backend.startsWith("cuda");
  }
}
