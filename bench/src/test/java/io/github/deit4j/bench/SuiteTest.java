package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteTest {
  private static final long SECOND = 1_000_000_000;

  private static final List<Trial> PLAN =
      List.of(
          Fakes.trial(Trial.Kind.CEILINGS, 1, Fakes.CPU),
          Fakes.inference(1),
          Fakes.inference(2),
          Fakes.trial(Trial.Kind.TRAIN_STEP, 1, Fakes.CPU),
          Fakes.trial(Trial.Kind.BREAKDOWN, 1, Fakes.CPU));

  @TempDir Path folder;

  private final List<String> said = new ArrayList<>();
  private final List<Trial> runs = new ArrayList<>();
  private long now;
  private int stopAfter = Integer.MAX_VALUE;
  private long available = 1L << 40;

  private Findings.Part run(Trial trial, double left) {
    runs.add(trial);
    now += SECOND;
    return Fakes.result(trial);
  }

  private Findings empty(int rounds, int budget) {
    return Fakes.findings(rounds, budget);
  }

  private boolean run(List<Trial> plan, Findings findings, Suite.Runner runner) throws IOException {
    return new Suite(
            plan,
            findings,
            runner,
            folder.resolve(SuiteReport.FILE),
            said::add,
            () -> runs.size() >= stopAfter,
            () -> now,
            () -> available)
        .run();
  }

  @Test
  void everyTrialHasItsTurnInEachRoundAndABreakdownOne() throws IOException {
    Findings findings = empty(2, 1000);
    assertThat(run(PLAN, findings, this::run)).isTrue();
    List<Trial> expected = new ArrayList<>(PLAN);
    expected.addAll(PLAN.subList(0, PLAN.size() - 1));
    assertThat(runs).isEqualTo(expected);
    assertThat(findings.report().measurements()).hasSize(3).noneMatch(Measurement::noisy);
    assertThat(findings.report().measurements())
        .allSatisfy(each -> assertThat(each.rounds()).hasSize(2));
    assertThat(String.join("\n", said))
        .contains("round 2 of 2", "left: train step of " + Fakes.TINY);
  }

  @Test
  void whatWasMeasuredIsOnTheDiskAfterEachTrial() throws IOException {
    stopAfter = 2;
    assertThat(run(PLAN, empty(2, 1000), this::run)).isFalse();
    SuiteReport report = SuiteReport.read(folder.resolve(SuiteReport.FILE));
    assertThat(report.ceilings()).hasSize(2);
    assertThat(report.measurements())
        .singleElement()
        .satisfies(each -> assertThat(each.cell().batch()).isEqualTo(1));
  }

  @Test
  void aTrialThatIsInterruptedEndsTheSuite() throws IOException {
    boolean ended =
        run(
            PLAN,
            empty(2, 1000),
            (trial, left) -> {
              if (trial.batch() == 2) {
                throw new InterruptedException();
              }
              return run(trial, left);
            });
    assertThat(ended).isFalse();
    assertThat(runs).hasSize(2);
  }

  @Test
  void aStoppedSuiteGoesOnWithWhatIsMissing() throws IOException {
    stopAfter = PLAN.size() + 2;
    run(PLAN, empty(2, 1000), this::run);
    stopAfter = Integer.MAX_VALUE;
    runs.clear();
    SuiteReport before = SuiteReport.read(folder.resolve(SuiteReport.FILE));
    Findings findings = Findings.of(before);
    assertThat(run(PLAN, findings, this::run)).isTrue();
    // Of the ceilings the report keeps the best round, and so no count of them.
    assertThat(runs).containsExactly(PLAN.get(0), PLAN.get(2), PLAN.get(3));
    assertThat(findings.report().measurements())
        .allSatisfy(each -> assertThat(each.rounds()).hasSize(2));
  }

  @Test
  void whatFailsIsAbsentAndNotTriedAgain() throws IOException {
    Findings findings = empty(2, 1000);
    run(
        PLAN,
        findings,
        (trial, left) -> {
          if (trial.batch() == 2) {
            runs.add(trial);
            SuiteReport.Absence why = new SuiteReport.Absence(trial.toString(), "no memory");
            return Findings.Part.of(List.of(), List.of(why));
          }
          return run(trial, left);
        });
    assertThat(runs).filteredOn(trial -> trial.batch() == 2).hasSize(1);
    assertThat(findings.report().absences())
        .containsExactly(new SuiteReport.Absence(Fakes.inference(2).toString(), "no memory"));
  }

  @Test
  void whatWouldPassTheBudgetIsLeftOut() throws IOException {
    List<Trial> plan = List.of(Fakes.inference(1), Fakes.inference(2), Fakes.inference(256));
    Findings findings = empty(1, 60);
    run(plan, findings, this::run);
    assertThat(runs).isEqualTo(plan.subList(0, 2));
    assertThat(findings.report().absences())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.what()).contains("batch 256", "cpu");
              assertThat(each.why()).contains("s a round were needed");
            });
  }

  /** Its kind's share of a minute would end any trial before it has measured something. */
  @Test
  void whatHasBegunMayTakeHalfOfWhatTheRoundHasLeft() throws IOException {
    List<Double> limits = new ArrayList<>();
    Findings findings = empty(2, 120);
    run(
        List.of(PLAN.getFirst()),
        findings,
        (trial, left) -> {
          limits.add(left);
          return run(trial, left);
        });
    assertThat(limits).containsExactly(30.0, 119.0);
  }

  @Test
  void laterRoundsEndWithTheBudget() throws IOException {
    Findings findings = empty(2, 60);
    run(
        List.of(Fakes.trial(Trial.Kind.TRAIN_STEP, 1, Fakes.CPU)),
        findings,
        (trial, left) -> {
          now += 39 * SECOND;
          return run(trial, left);
        });
    assertThat(runs).hasSize(1);
    assertThat(findings.report().absences())
        .singleElement()
        .satisfies(each -> assertThat(each.why()).contains("only 1 of 2 rounds"));
  }

  @Test
  void whatDoesNotFitIntoMemoryIsLeftOut() throws IOException {
    available = 3L << 30;
    Findings findings = empty(1, 10_000);
    run(List.of(Fakes.inference(1), Fakes.inference(256)), findings, this::run);
    assertThat(runs).containsExactly(Fakes.inference(1));
    assertThat(findings.report().absences())
        .singleElement()
        .satisfies(each -> assertThat(each.why()).contains("GiB of memory were needed"));
  }
}
