package io.github.deit4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cpu.core.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class ThreadTeamTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8})
  void runsEveryTaskOnce(int threads) {
    try (var team = new ThreadTeam(threads)) {
      assertThat(team.threads()).isEqualTo(threads);
      for (int tasks : new int[] {0, 1, 2, 3, threads, 64, 1000}) {
        assertEveryTaskRunsOnce(team, tasks);
      }
    }
  }

  private static void assertEveryTaskRunsOnce(Workers workers, int tasks) {
    var runs = new AtomicIntegerArray(tasks);
    workers.run(tasks, (index, scratch) -> runs.incrementAndGet(index));
    for (int i = 0; i < tasks; i++) {
      assertThat(runs.get(i)).as("runs of task %d of %d", i, tasks).isEqualTo(1);
    }
  }

  @Test
  void rangesCoverEverythingOnce() {
    try (var team = new ThreadTeam(3)) {
      for (int size : new int[] {0, 1, 99, 100, 101, 1000}) {
        var runs = new AtomicIntegerArray(size);
        team.runRanges(
            size,
            100,
            (from, to) -> {
              for (long i = from; i < to; i++) {
                runs.incrementAndGet((int) i);
              }
            });
        for (int i = 0; i < size; i++) {
          assertThat(runs.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void hasOneThreadForWhatIsGivenToItAtWork() {
    try (var team = new ThreadTeam(3)) {
      var seen = new AtomicIntegerArray(4);
      team.run(seen.length(), (index, scratch) -> seen.set(index, team.threads()));
      assertThat(seen).hasToString("[1, 1, 1, 1]");
      assertThat(team.threads()).isEqualTo(3);
      assertThat(team.size()).isEqualTo(3);
    }
  }

  @Test
  void everyMemberTakesPart() {
    int threads = 4;
    try (var team = new ThreadTeam(threads)) {
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      var all = new CountDownLatch(threads);
      team.run(
          threads,
          (index, scratch) -> {
            seen.add(Thread.currentThread());
            all.countDown();
            await(all);
          });
      assertThat(seen).hasSize(threads).contains(Thread.currentThread());
    }
  }

  /** A thread that is held up leaves the rest of its range to the others. */
  @Test
  @Timeout(60)
  void othersDoTheTasksOfAThreadThatIsHeldUp() {
    int tasks = 8;
    CountDownLatch others = new CountDownLatch(tasks - 1);
    try (ThreadTeam team = new ThreadTeam(2)) {
      team.run(
          tasks,
          (task, scratch) -> {
            if (task == 0) {
              await(others);
            } else {
              others.countDown();
            }
          });
    }
    assertThat(others.getCount()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void manyTinyRegionsFinish() {
    try (var team = new ThreadTeam(3)) {
      var runs = new LongAdder();
      for (int region = 0; region < 100_000; region++) {
        team.run(4, (index, scratch) -> runs.increment());
      }
      assertThat(runs.sum()).isEqualTo(400_000);
    }
  }

  @Test
  void parkedMembersWakeUp() throws InterruptedException {
    int threads = 7; // members that wake one, two or none
    try (var team = new ThreadTeam(threads)) {
      for (int pause = 0; pause < 50; pause++) {
        Thread.sleep(1);
        var all = new CountDownLatch(threads);
        team.run(
            threads,
            (index, scratch) -> {
              all.countDown();
              await(all);
            });
        assertThat(all.getCount()).isZero();
      }
    }
  }

  @Test
  void failureReachesTheCallerAndTheTeamStaysUsable() {
    try (var team = new ThreadTeam(3)) {
      for (int failing = 0; failing < 20; failing++) {
        var failure = new UnsupportedOperationException("task " + failing);
        int bad = failing;
        assertThatThrownBy(() -> team.run(20, (index, scratch) -> throwAt(index, bad, failure)))
            .isSameAs(failure);
        assertEveryTaskRunsOnce(team, 50);
      }
    }
  }

  private static void throwAt(int index, int bad, RuntimeException failure) {
    if (index == bad) {
      throw failure;
    }
  }

  @Test
  void errorsReachTheCallerToo() {
    try (var team = new ThreadTeam(2)) {
      var error = new AssertionError("in a task");
      assertThatThrownBy(
              () ->
                  team.run(
                      9,
                      (index, scratch) -> {
                        throw error;
                      }))
          .isSameAs(error);
      assertEveryTaskRunsOnce(team, 9);
    }
  }

  @Test
  void callersWhoMeetABusyTeamDoTheirWorkThemselves() throws Exception {
    int callers = 8;
    try (var team = new ThreadTeam(3);
        ExecutorService pool = Executors.newFixedThreadPool(callers)) {
      Callable<Void> caller =
          () -> {
            for (int region = 0; region < 300; region++) {
              assertEveryTaskRunsOnce(team, region % 17);
            }
            return null;
          };
      List<Callable<Void>> work = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        work.add(caller);
      }
      for (Future<Void> done : pool.invokeAll(work)) {
        assertThat(done.get()).isNull();
      }
    }
  }

  @Test
  void regionsInsideTasksRun() {
    try (var team = new ThreadTeam(3)) {
      var runs = new LongAdder();
      team.run(10, (outer, scratch) -> team.run(10, (inner, innerScratch) -> runs.increment()));
      assertThat(runs.sum()).isEqualTo(100);
    }
  }

  @Test
  void closedTeamRunsOnTheCaller() {
    var team = new ThreadTeam(3);
    assertEveryTaskRunsOnce(team, 10);
    team.close();
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    team.run(100, (index, scratch) -> seen.add(Thread.currentThread()));
    assertThat(seen).containsExactly(Thread.currentThread());
    assertEveryTaskRunsOnce(team, 10);
    team.close();
  }

  @Test
  void refusesATeamOfNobody() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ThreadTeam(0))
        .withMessageContaining("threads")
        .withMessageContaining("0");
  }
}
