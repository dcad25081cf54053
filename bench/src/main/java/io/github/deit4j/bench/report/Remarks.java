package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Ceiling;
import io.github.deit4j.bench.suite.Environment;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Settings;
import io.github.deit4j.report.Table;
import java.util.ArrayList;
import java.util.List;

/** What has to be known beside the numbers. */
final class Remarks {
  private Remarks() {}

  static String absences(Results results) {
    List<List<String>> rows =
        results.report().absences().stream().map(each -> List.of(each.what(), each.why())).toList();
    return rows.isEmpty()
        ? Texts.paragraph("Nothing: all that could be measured was.")
        : new Table(
                "Absent", "What this report could have and has not.", List.of("what", "why"), rows)
            .body();
  }

  static String noise(Results results) {
    List<List<String>> rows =
        results.report().measurements().stream()
            .filter(Measurement::noisy)
            .map(each -> List.of(each.cell().toString(), each.noise()))
            .toList();
    return rows.isEmpty()
        ? Texts.paragraph("Clock and load were steady: no result is marked.")
        : new Table(
                "Noise",
                "Marked † in tables and hollow in plots: the checks of clock and load, or the"
                    + " rounds among themselves, say that these are not to be trusted.",
                List.of("result", "why"),
                rows)
            .body();
  }

  static String environment(Results results) {
    Environment environment = results.report().environment();
    Settings settings = results.report().settings();
    List<List<String>> rows = new ArrayList<>();
    add(rows, "started", environment.started());
    add(rows, "deit4j", environment.deit4j());
    add(rows, "commit", environment.commit());
    add(rows, "build", environment.build());
    add(rows, "processor", environment.processor());
    add(rows, "processors", environment.processors());
    add(rows, "memory", Texts.gibibytes(environment.memoryBytes()));
    add(rows, "system", environment.system());
    add(rows, "Java", environment.java());
    add(rows, "JVM arguments", String.join(" ", environment.jvmArguments()));
    environment.backends().forEach((name, what) -> add(rows, name, what));
    add(rows, "rounds", settings.rounds() + ", each in a new JVM");
    add(rows, "time budget", settings.budgetSeconds() + " s");
    add(rows, "threads", settings.threads().toString().replaceAll("[\\[\\]]", ""));
    return new Table("Environment", "", List.of("property", "value"), rows).body()
        + limits(results);
  }

  private static void add(List<List<String>> rows, String name, Object value) {
    if (value != null) {
      rows.add(List.of(name, value.toString()));
    }
  }

  private static String limits(Results results) {
    List<List<String>> rows = new ArrayList<>();
    for (Ceiling each : results.report().ceilings()) {
      rows.add(
          List.of(
              Overview.name(each),
              Integer.toString(each.threads()),
              Texts.number(each.value()) + " " + each.kind().unit()));
    }
    return rows.isEmpty()
        ? ""
        : Texts.heading("Limits")
            + new Table("Limits", "", List.of("limit", "threads", "best of all rounds"), rows)
                .body();
  }
}
