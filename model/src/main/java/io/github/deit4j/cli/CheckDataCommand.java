package io.github.deit4j.cli;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.set.DataCheck;
import io.github.deit4j.data.set.DataCheck.Result;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.Finding;
import io.github.deit4j.json.JsonWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code deit check-data}. */
@Command(
    name = "check-data",
    description = {
      "Decode every image of a folder, and list what is broken, of formats that cannot be read,"
          + " outside of all classes, there twice, or of a class with few images.",
      "Exit code 65 if training would stumble over something; train --max-bad N allows for N"
          + " unreadable images."
    })
final class CheckDataCommand extends Subcommand.WithJson {
  @Parameters(
      paramLabel = "DIR",
      description = "Class folders, below train and val or directly; or any other data set.")
  private Path dir;

  @Override
  public Integer call() throws DatasetException {
    DatasetFormat format = Datasets.detect(dir);
    List<ProgressBar> bar = new ArrayList<>();
    Result result =
        DataCheck.contents(
            format,
            dir,
            (done, total) -> {
              if (bar.isEmpty()) {
                bar.add(new ProgressBar(terminal, json, "checking", "images", total));
              }
              bar.getFirst().update(done);
            });
    bar.forEach(ProgressBar::close);
    boolean bad = result.findings().stream().anyMatch(finding -> finding.kind().isBad());
    print(document(result), () -> print(result));
    return bad ? ExitCode.BAD_DATA : ExitCode.OK;
  }

  private Map<String, Object> document(Result result) {
    List<Object> findings =
        result.findings().stream()
            .<Object>map(
                finding ->
                    JsonWriter.object(
                        "kind", finding.kind().name().toLowerCase(Locale.ROOT),
                        "path", finding.path(),
                        "reason", finding.reason()))
            .toList();
    return JsonWriter.object("images", result.images(), "findings", findings);
  }

  private void print(Result result) {
    result
        .images()
        .forEach(
            (split, classes) ->
                terminal
                    .out()
                    .printf(
                        Locale.ROOT,
                        "%s: %,d images of %d classes%n",
                        split,
                        classes.values().stream().mapToInt(Integer::intValue).sum(),
                        classes.size()));
    Map<Finding.Kind, List<Finding>> byKind =
        result.findings().stream().collect(groupingBy(Finding::kind, TreeMap::new, toList()));
    byKind.forEach(
        (kind, findings) -> {
          terminal.out().printf(Locale.ROOT, "%n%s: %,d%n", kind.words(), findings.size());
          findings.forEach(finding -> terminal.out().printf("  %s%n", finding));
        });
    if (byKind.isEmpty()) {
      terminal.out().printf("nothing to complain of%n");
    }
  }
}
