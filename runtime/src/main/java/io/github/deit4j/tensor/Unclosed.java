package io.github.deit4j.tensor;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells of arenas that nobody closed and nobody can close any more, by a warning of the logger
 * {@code io.github.deit4j.tensor}. The system property {@code deit4j.leaks} says how much:
 *
 * <ul>
 *   <li>{@code sampled}, as it is without the property: the first of each name, and of every 64
 *       arenas one with the place that opened it;
 *   <li>{@code all}: every one, each with its place;
 *   <li>{@code off}: none.
 * </ul>
 *
 * <p>Nothing is freed here: an op on another thread may still use the memory of an arena that is
 * out of everybody's reach.
 */
final class Unclosed implements Runnable {
  static final String PROPERTY = "deit4j.leaks";

  private static final Logger LOGGER = System.getLogger(Unclosed.class.getPackageName());
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Set<String> OURS =
      Set.of(Unclosed.class.getName(), TensorArena.class.getName());
  private static final int SAMPLE = 64;
  private static final int DEEPEST = 12;
  private static final AtomicLong OPENED = new AtomicLong();
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  /** Those of mode {@code all} that nobody has closed, in reach or not. */
  private static final Set<Unclosed> OPEN = ConcurrentHashMap.newKeySet();

  private final String name;
  private final boolean tellsAlways;

  /** Where it was opened; null if that was not recorded. */
  private final Throwable place;

  private volatile long bytes;
  private volatile boolean closed;
  private Cleaner.Cleanable cleanable;

  private Unclosed(String name, boolean tellsAlways, Throwable place) {
    this.name = name;
    this.tellsAlways = tellsAlways;
    this.place = place;
  }

  /** Watches an arena that has just been opened, by its caller's caller. */
  static Unclosed watch(TensorArena arena) {
    String mode = System.getProperty(PROPERTY, "sampled");
    boolean all = mode.equals("all");
    boolean off = mode.equals("off");
    boolean recorded = all || !off && OPENED.getAndIncrement() % SAMPLE == 0;
    var watch = new Unclosed(arena.name(), all, recorded ? new Throwable() : null);
    if (!off) {
      watch.cleanable = CLEANER.register(arena, watch);
    }
    if (all) {
      OPEN.add(watch);
    }
    return watch;
  }

  /** Returns what is open of all that was opened while the property was {@code all}. */
  static Set<Unclosed> open() {
    return Set.copyOf(OPEN);
  }

  void reserved(long total) {
    bytes = total;
  }

  void close() {
    closed = true;
    OPEN.remove(this);
    if (cleanable != null) {
      cleanable.clean();
    }
  }

  /** Runs when the arena is closed or out of reach. */
  @Override
  public void run() {
    if (!closed && (TOLD.add(name) || tellsAlways || place != null)) {
      LOGGER.log(
          Level.WARNING,
          "arena ''{0}'' was never closed and keeps {1} bytes; {2}",
          name,
          Long.toString(bytes),
          place == null
              ? "start Java with -D" + PROPERTY + "=all to see where it was opened"
              : "it was opened at " + frames());
    }
  }

  /** Returns the arena's name and the place that opened it. */
  @Override
  public String toString() {
    return "arena '" + name + "', opened at " + (place == null ? "an unknown place" : frames());
  }

  private String frames() {
    return Stream.of(place.getStackTrace())
        .filter(frame -> !OURS.contains(frame.getClassName()))
        .limit(DEEPEST)
        .map(frame -> "\n  " + frame)
        .collect(Collectors.joining());
  }
}
