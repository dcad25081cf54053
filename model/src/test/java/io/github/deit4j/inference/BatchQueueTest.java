package io.github.deit4j.inference;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchQueueTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore mayWork = new Semaphore(0);
  private final CountDownLatch working = new CountDownLatch(1);

  private BatchQueue<Integer, String> queue(int atOnce, Duration patience, int capacity) {
    return new BatchQueue<>(
        "test",
        atOnce,
        patience,
        capacity,
        things -> {
          batches.add(things);
          working.countDown();
          mayWork.acquireUninterruptibly();
          if (things.contains(-1)) {
            throw new ArithmeticException("minus one");
          }
          return things.stream().map(thing -> "did " + thing).toList();
        });
  }

  @Test
  void aFullBatchDoesNotWait() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(3, LONG, 10)) {
      mayWork.release();
      List<CompletableFuture<String>> results = queue.add(List.of(1, 2, 3));
      assertThat(results.get(0).get(30, SECONDS)).isEqualTo("did 1");
      assertThat(results.get(2).get(30, SECONDS)).isEqualTo("did 3");
      assertThat(batches).containsExactly(List.of(1, 2, 3));
    }
  }

  @Test
  void oneAloneGoesAfterItsTime() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(3, Duration.ofMillis(20), 10)) {
      mayWork.release();
      long begin = System.nanoTime();
      assertThat(queue.add(List.of(1)).getFirst().get(30, SECONDS)).isEqualTo("did 1");
      assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(20_000_000);
    }
  }

  @Test
  void whatComesInTheMeantimeIsTakenTogether() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(3, Duration.ZERO, 10)) {
      queue.add(List.of(0));
      working.await();
      List<CompletableFuture<String>> later = new ArrayList<>();
      IntStream.rangeClosed(1, 4).forEach(i -> later.addAll(queue.add(List.of(i))));
      assertThat(queue.waiting()).isEqualTo(4);
      mayWork.release(3);
      assertThat(later.get(3).get(30, SECONDS)).isEqualTo("did 4");
      assertThat(batches).containsExactly(List.of(0), List.of(1, 2, 3), List.of(4));
    }
  }

  @Test
  void aFullQueueTakesAllOrNone() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(1, Duration.ZERO, 3)) {
      queue.add(List.of(0));
      working.await();
      queue.add(List.of(1, 2));
      assertThatThrownBy(() -> queue.add(List.of(3, 4)))
          .isInstanceOf(QueueFullException.class)
          .hasMessage(
              "the queue is full: expected room for 2 more images, found 2 of 3 waiting; try again"
                  + " later");
      assertThat(queue.waiting()).isEqualTo(2);
      CompletableFuture<String> third = queue.add(List.of(3)).getFirst();
      mayWork.release(4);
      assertThat(third.get(30, SECONDS)).isEqualTo("did 3");
    }
  }

  @Test
  void aFailureIsOfItsBatchOnly() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(1, Duration.ZERO, 10)) {
      mayWork.release(2);
      CompletableFuture<String> bad = queue.add(List.of(-1)).getFirst();
      CompletableFuture<String> good = queue.add(List.of(1)).getFirst();
      assertThat(good.get(30, SECONDS)).isEqualTo("did 1");
      assertThatThrownBy(bad::get).hasRootCauseMessage("minus one");
    }
  }

  @Test
  void whatIsCancelledIsNotWorkedOn() throws Exception {
    try (BatchQueue<Integer, String> queue = queue(4, Duration.ZERO, 10)) {
      queue.add(List.of(0));
      working.await();
      List<CompletableFuture<String>> results = queue.add(List.of(1, 2, 3));
      results.get(1).cancel(false);
      mayWork.release(2);
      assertThat(results.get(2).get(30, SECONDS)).isEqualTo("did 3");
      assertThat(batches).containsExactly(List.of(0), List.of(1, 3));
    }
  }

  @Test
  void closingFinishesWhatWaits() throws Exception {
    BatchQueue<Integer, String> queue = queue(2, LONG, 10);
    mayWork.release(2);
    List<CompletableFuture<String>> results = new ArrayList<>(queue.add(List.of(1, 2, 3)));
    queue.close();
    assertThat(results).allSatisfy(result -> assertThat(result).isCompleted());
    assertThat(batches).containsExactly(List.of(1, 2), List.of(3));
    assertThatIllegalStateException()
        .isThrownBy(() -> queue.add(List.of(4)))
        .withMessageContaining("closed");
  }
}
