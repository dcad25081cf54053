package io.github.deit4j.bench.suite;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;

/** The JVM in which {@link ForkedTrials} measures a trial. */
final class TrialMain {
  private TrialMain() {}

  /**
   * Measures a trial and writes its result.
   *
   * @param args the trial as JSON, whether to be quick, the folder of the peers, the result's file
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Trial trial = RecordJson.read(Json.read("trial", args[0]), Trial.class);
    SuiteEffort effort = SuiteEffort.of(Boolean.parseBoolean(args[1]));
    TrialResult result = new TrialMeasurement(effort, Path.of(args[2])).measure(trial);
    AtomicFiles.writeString(Path.of(args[3]), JsonWriter.compact(RecordJson.object(result)));
    // Not at the mercy of a library's threads.
    System.exit(0);
  }
}
