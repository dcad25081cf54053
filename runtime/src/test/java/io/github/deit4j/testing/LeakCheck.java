package io.github.deit4j.testing;

import io.github.deit4j.tensor.OpenArenas;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails each test class that leaves something open, naming what, and where it was opened as far as
 * that is recorded: {@link OpenResources} says what counts. JUnit finds it as a service, so it
 * stands outside a class's own extensions and looks when they and {@code @AfterAll} are done.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  /** The tag of a class that has to leave something open. */
  public static final String LEAKS_ON_PURPOSE = "leaks-on-purpose";

  private static final Namespace NAMESPACE = Namespace.create(LeakCheck.class);

  /** JUnit's parameter for how long what was told to end may take; only who leaks waits so long. */
  static final String WAIT_MILLIS = "deit4j.leaks.wait-millis";

  private static final int DEFAULT_WAIT_MILLIS = 5_000;

  private static final int PAUSE_MILLIS = 20;

  @Override
  public void beforeAll(ExtensionContext context) {
    OpenArenas.recordPlaces();
    context.getStore(NAMESPACE).put(context.getUniqueId(), OpenResources.now());
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    if (context.getTags().contains(LEAKS_ON_PURPOSE)) {
      return;
    }
    var before = context.getStore(NAMESPACE).get(context.getUniqueId(), OpenResources.class);
    int wait =
        context
            .getConfigurationParameter(WAIT_MILLIS, Integer::valueOf)
            .orElse(DEFAULT_WAIT_MILLIS);
    List<String> left = leftSince(before, Duration.ofMillis(wait));
    if (!left.isEmpty()) {
      throw new AssertionError(
          "%s left %d open:\n%s\nClose what the test opens, or mend what does not close it."
              .formatted(context.getDisplayName(), left.size(), String.join("\n", left)));
    }
  }

  private static List<String> leftSince(OpenResources before, Duration wait)
      throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    List<String> left = OpenResources.now().since(before);
    while (!left.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(PAUSE_MILLIS);
      left = OpenResources.now().since(before);
    }
    return left;
  }
}
