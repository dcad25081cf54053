package io.github.deit4j.bench.report;

import io.github.deit4j.bench.Devices;
import io.github.deit4j.bench.suite.Ceiling;
import io.github.deit4j.bench.suite.Environment;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.report.Html;
import java.util.ArrayList;
import java.util.List;

/** What stands above all: where this was measured, and how far it can be trusted. */
final class Overview {
  private Overview() {}

  static String title(Results results) {
    return "DeiT on " + results.report().environment().processor();
  }

  static String html(Results results) {
    Environment environment = results.report().environment();
    List<String> lead = new ArrayList<>();
    lead.add("Measured by deit bench suite");
    if (environment.started() != null) {
      lead.add(environment.started().replace('T', ' '));
    }
    lead.add("deit4j " + environment.deit4j());
    if (environment.commit() != null) {
      lead.add("commit " + environment.commit());
    }
    StringBuilder html = new StringBuilder("<p class=\"lead\">");
    html.append(Html.escape(String.join(" · ", lead))).append("</p>\n");
    if (results.report().settings().quick()) {
      html.append("<p class=\"warning\">A quick run, for a first look: few samples, short")
          .append(" warm-up. Publish numbers of a full one.</p>\n");
    }
    return html.append(facts(results)).toString();
  }

  private static String facts(Results results) {
    Environment environment = results.report().environment();
    StringBuilder html = new StringBuilder("<dl class=\"facts\">\n");
    fact(
        html,
        "Processors",
        Integer.toString(environment.processors()),
        Texts.gibibytes(environment.memoryBytes()) + " of memory");
    for (Ceiling ceiling : results.report().ceilings()) {
      boolean host = !Devices.isDevice(ceiling.backend());
      boolean copies =
          ceiling.kind() == Ceiling.Kind.UPLOAD || ceiling.kind() == Ceiling.Kind.DOWNLOAD;
      if (!copies && (!host || ceiling.threads() == results.threads())) {
        fact(html, name(ceiling), Texts.number(ceiling.value()), ceiling.kind().unit());
      }
    }
    List<Measurement> all = results.report().measurements();
    long noisy = all.stream().filter(Measurement::noisy).count();
    fact(html, "Results", Integer.toString(all.size()), noisy + " noisy");
    return html.append("</dl>\n").toString();
  }

  /** Returns a limit's name, with what has it. */
  static String name(Ceiling ceiling) {
    return switch (ceiling.kind()) {
      case ARITHMETIC ->
          "Arithmetic, %s %s".formatted(ceiling.backend(), ceiling.precision().key());
      case MEMORY -> "Memory, " + ceiling.backend();
      case UPLOAD -> "Copies to " + ceiling.backend();
      case DOWNLOAD -> "Copies from " + ceiling.backend();
    };
  }

  private static void fact(StringBuilder html, String name, String value, String more) {
    html.append(
        "<div><dt>%s</dt><dd>%s <small>%s</small></dd></div>\n"
            .formatted(Html.escape(name), Html.escape(value), Html.escape(more)));
  }
}
