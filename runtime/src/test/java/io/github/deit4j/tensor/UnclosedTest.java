package io.github.deit4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(LeakCheck.LEAKS_ON_PURPOSE)
class UnclosedTest {
  private static final int MOST_COLLECTIONS = 500;
  private static final int SOME = 200;

  private final String modeOfTests = System.clearProperty(Unclosed.PROPERTY);
  private final Logger logger = Logger.getLogger("io.github.deit4j.tensor");
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          assertThat(entry.getLevel()).isEqualTo(Level.WARNING);
          warnings.add(new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void listenNoMore() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    System.clearProperty(Unclosed.PROPERTY);
    if (modeOfTests != null) {
      System.setProperty(Unclosed.PROPERTY, modeOfTests);
    }
  }

  /** Opens an arena that counts as closed to all others here: its memory is the heap's. */
  private static void forget(String name) {
    new TensorArena(name, 1 << 20, new HeapMemory()).allocate(16);
  }

  private record HeapMemory() implements TensorArena.ChunkSource {
    @Override
    public Region allocate(long bytes) {
      return new Region.Host(MemorySegment.ofArray(new byte[(int) bytes]));
    }

    @Override
    public void close() {}
  }

  private void collect(int expected) throws InterruptedException {
    for (int i = 0; i < MOST_COLLECTIONS && warnings.size() < expected; i++) {
      System.gc();
      Thread.sleep(10);
    }
  }

  @Test
  void everyOneIsToldOfWithItsPlaceWhenAskedFor() throws Exception {
    System.setProperty(Unclosed.PROPERTY, "all");
    forget("forgotten in a test");
    forget("forgotten in a test");
    collect(2);
    assertThat(warnings)
        .hasSize(2)
        .allSatisfy(
            warning ->
                assertThat(warning)
                    .contains("arena 'forgotten in a test' was never closed and keeps 1048576 byte")
                    .contains("it was opened at \n  " + UnclosedTest.class.getName() + ".forget("));
  }

  @Test
  void withoutThePropertyTheFirstAndASampleAreToldOf() throws Exception {
    for (int i = 0; i < SOME; i++) {
      forget("often forgotten");
    }
    collect(SOME / 64);
    assertThat(warnings)
        .hasSizeBetween(3, 5)
        .anyMatch(warning -> warning.contains("it was opened at"))
        .allMatch(warning -> warning.contains("'often forgotten'"));
  }

  @Test
  void nothingIsToldOfAClosedOneNorWhenTurnedOff() throws Exception {
    System.setProperty(Unclosed.PROPERTY, "off");
    forget("not asked for");
    System.setProperty(Unclosed.PROPERTY, "all");
    new TensorArena("closed", 1 << 20, new HeapMemory()).close();
    forget("last");
    collect(1);
    assertThat(warnings)
        .anyMatch(warning -> warning.contains("'last'"))
        .noneMatch(warning -> warning.contains("'closed'") || warning.contains("'not asked for'"));
  }
}
