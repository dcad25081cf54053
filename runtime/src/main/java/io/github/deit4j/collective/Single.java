package io.github.deit4j.collective;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** One rank alone, which has nobody to talk to. */
public final class Single extends Collective {
  /** Begins alone. */
  public Single() {}

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public String description() {
    return "one process";
  }

  @Override
  protected void exchangeAll(List<MemorySegment> send, List<MemorySegment> receive) {
    receive.getFirst().copyFrom(send.getFirst());
  }

  @Override
  protected void gatherAll(List<MemorySegment> parts) {
    // Its own part is all there is.
  }

  @Override
  protected void broadcastFrom(MemorySegment data, int root) {
    // It has the data already.
  }

  @Override
  public void barrier() {
    // Everybody is here.
  }

  @Override
  public void abort(int code, String reason) {
    // There is nobody else to end.
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
