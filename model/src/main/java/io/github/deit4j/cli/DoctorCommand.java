package io.github.deit4j.cli;

import io.github.deit4j.cli.Diagnosis.Finding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what deit4j finds on this machine. */
@Command(
    name = "doctor",
    description =
        "Shows what deit4j finds on this machine: Java, processor, SIMD, memory, data sets; and says"
            + " what to do where something is missing.")
final class DoctorCommand implements Callable<Integer> {
  @Mixin private JsonOption json;

  private final Terminal terminal;

  DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Finding> findings = Diagnosis.of(terminal.environment());
    if (json.isSet()) {
      json.print(terminal, toJson(findings));
    } else {
      findings.forEach(this::print);
    }
    return ExitCode.OK;
  }

  private static Map<String, Object> toJson(List<Finding> findings) {
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> advice = new LinkedHashMap<>();
    for (Finding finding : findings) {
      json.put(finding.key(), finding.value());
      if (finding.advice() != null) {
        advice.put(finding.key(), finding.advice());
      }
    }
    json.put("advice", advice);
    return json;
  }

  private void print(Finding finding) {
    terminal.out().printf("%-20s%s%n", finding.name(), finding.value());
    if (finding.advice() != null) {
      terminal.out().printf("%-20s! %s%n", "", finding.advice());
    }
  }
}
