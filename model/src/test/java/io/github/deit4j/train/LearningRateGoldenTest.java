package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LearningRateGoldenTest {
  private static final String FOLDER = "06-schedule/";

  @TestFactory
  Stream<DynamicTest> schedules() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    var cases = Golden.json(FOLDER + "cases.json").items();
    assertThat(cases).isNotEmpty();
    for (JsonValue testCase : cases) {
      String file = testCase.get("file").asString();
      LearningRate rate = rate(testCase);
      if (testCase.get("unit").asString().equals("epoch")) {
        tests.add(column(testCase, file, "epoch", "lr_schedule", rate::at));
        tests.add(column(testCase, file, "epoch", "lr_used_by_official_loop", rate::laggingAt));
      } else {
        tests.add(column(testCase, file, "step", "lr", rate::at));
      }
    }
    return tests.stream();
  }

  private static LearningRate rate(JsonValue testCase) throws IOException {
    boolean perEpoch = testCase.get("unit").asString().equals("epoch");
    return new LearningRate(
        testCase.get("base_lr").asDouble(),
        testCase.get("warmup_lr").asDouble(),
        testCase.get("min_lr").asDouble(),
        testCase.get(perEpoch ? "warmup_epochs" : "warmup_steps").asDouble(),
        testCase.get(perEpoch ? "epochs" : "total_steps").asDouble());
  }

  private static DynamicTest column(
      JsonValue testCase, String file, String time, String column, LongToDoubleFunction rate) {
    return DynamicTest.dynamicTest(
        file + " " + column,
        () -> {
          List<String> lines = Golden.lines(FOLDER + file);
          List<String> head = List.of(lines.getFirst().split(",", -1));
          assertThat(head).contains(time, column);
          List<String> rows = lines.subList(1, lines.size());
          assertThat(rows).hasSize(testCase.get("rows").asInt());
          for (String row : rows) {
            String[] cells = row.split(",", -1);
            long t = Long.parseLong(cells[head.indexOf(time)]);
            double expected = Double.parseDouble(cells[head.indexOf(column)]);
            Golden.assertClose(
                file + " " + time + " " + t, rate.applyAsDouble(t), expected, 1e-12, 1e-9);
          }
        });
  }
}
