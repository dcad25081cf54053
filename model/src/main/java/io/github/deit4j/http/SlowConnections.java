package io.github.deit4j.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections on which nothing gets done: no request begins in time, though its header may
 * come in byte by byte, which an idle time-out never ends; or an answer is not taken.
 */
final class SlowConnections extends AbstractLifeCycle implements Connection.Listener {
  private static final long LOOKS_PER_PATIENCE = 8;

  private final Scheduler scheduler;
  private final long waitNanos;
  private final long workNanos;
  private final Map<Connection, State> connections = new ConcurrentHashMap<>();

  private record State(boolean working, long since) {}

  /**
   * Does nothing yet.
   *
   * @param waiting for how long a connection may be without a request
   * @param working for how long one with a request may take, answer included
   */
  SlowConnections(Scheduler scheduler, Duration waiting, Duration working) {
    this.scheduler = scheduler;
    this.waitNanos = waiting.toNanos();
    this.workNanos = working.toNanos();
  }

  @Override
  protected void doStart() {
    lookLater();
  }

  private void lookLater() {
    long pause = Math.max(1, waitNanos / LOOKS_PER_PATIENCE);
    scheduler.schedule(this::look, pause, TimeUnit.NANOSECONDS);
  }

  private void look() {
    if (!isRunning() && !isStarting()) {
      return;
    }
    long now = System.nanoTime();
    connections.forEach(
        (connection, state) -> {
          if (now - state.since() > (state.working() ? workNanos : waitNanos)) {
            connection.getEndPoint().close(new TimeoutException("too slow"));
          }
        });
    lookLater();
  }

  /** Returns how many connections are open. */
  int open() {
    return connections.size();
  }

  @Override
  public void onOpened(Connection connection) {
    connections.put(connection, new State(false, System.nanoTime()));
  }

  @Override
  public void onClosed(Connection connection) {
    connections.remove(connection);
  }

  /** Notes that a request's header is there. */
  void begin(Connection connection) {
    connections.replace(connection, new State(true, System.nanoTime()));
  }

  /** Notes that its answer has gone out. */
  void end(Connection connection) {
    connections.replace(connection, new State(false, System.nanoTime()));
  }
}
