package io.github.deit4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class HtmlReportTest {
  private static final String EVIL = "<script>alert(\"1\")</script> & 'more'";

  @TempDir Path parent;
  private Path folder;
  private RunFolder run;

  @BeforeEach
  void begin() throws IOException {
    folder = parent.resolve("run");
    Recipe recipe =
        Recipe.load("fashion-mnist", List.of("name=\"" + EVIL.replace("\"", "") + "\""));
    var environment = new Environment("1.0", "cpu " + EVIL, 2, List.of("train", EVIL), Map.of());
    run = RunFolder.create(folder, recipe, environment);
    run.close();
    run = RunFolder.resume(folder, recipe, environment, 0);
  }

  @AfterEach
  void end() throws IOException {
    run.close();
  }

  @Test
  void aFinishedRunShowsItsResultsAndCurves() throws Exception {
    for (long step = 1; step <= 1000; step++) {
      run.log(step, Map.of("epoch", step / 100, "loss", 2.3 / step, "lr", 1e-3));
    }
    run.log(500, Map.of("evaluation", Map.of("class", Map.of("top1", 0.5, "loss", 1.25))));
    run.log(1000, Map.of("evaluation", Map.of("class", Map.of("top1", 0.75, "loss", 1.0))));
    run.writeResults(
        Map.of(
            "class", Map.of("top1", 0.87654, "top5", 0.995, "loss", 0.345678),
            "ema", Map.of("joint", Map.of("top1", 0.9, "loss", 0.3))));
    String html = html();
    Document body = parseBody(html);
    assertThat(body.getElementsByTagName("figure").getLength()).isEqualTo(3);
    assertThat(html)
        .contains("<th scope=\"row\">class</th>")
        .contains(number("87.65 %"), number("0.34568"), number("99.50 %"))
        .contains("<th scope=\"row\">ema joint</th>")
        .contains("<th scope=\"row\">500</th>" + number("50.00 %"))
        .contains("<th scope=\"row\">1000</th>" + number("0.0023") + number("1"))
        .contains("Learning rate", "Top-1 accuracy", "the mean of neighbouring ones, at most 3.")
        .contains("<th scope=\"row\">flip</th><td>0.5</td>")
        .doesNotContain("Epoch</figcaption>");
  }

  @Test
  void theRunsDurationIsSaid() throws Exception {
    for (long step = 1; step <= 1000; step++) {
      run.log(step, Map.of("seconds", 3.7, "loss", 2.0));
    }
    assertThat(html())
        .containsPattern(
            "Its 1,000 optimizer steps took 1:01:40\\. Its last session took 0:00:\\d\\d, evaluations");
  }

  @Test
  void nothingIsFetchedAndNoTextIsRun() throws Exception {
    run.log(1, Map.of("loss", 2.0, EVIL, 1.0, "a", Map.of(EVIL, Map.of("loss", 3))));
    run.writeResults(Map.of(EVIL, Map.of(EVIL, 1.0)));
    String html = html();
    parseBody(html);
    assertThat(html.replace("https://github.com/leeoniya/uPlot (v1.6.30)", ""))
        .containsOnlyOnce("<script")
        .doesNotContain("http:", "https:", "src=", "@import", "url(")
        .contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;")
        .contains("prefers-color-scheme: dark")
        .contains("width=device-width");
    assertThat(script(html))
        .contains("uPlot 1.6.30", "The MIT License", "new uPlot(")
        .doesNotContain("<script", "alert(");
  }

  @Test
  void aRunThatHasJustBegunHasAReport() throws Exception {
    String html = html();
    parseBody(html);
    assertThat(html).contains("the run has not ended", "nothing has been measured");
  }

  @Test
  void unreadableMetricsAreCounted() throws Exception {
    run.log(1, Map.of("loss", 2.0));
    run.log(2, Map.of("loss", Double.NaN));
    Path metrics = run.file(RunFolder.METRICS);
    Files.writeString(metrics, "{\"no\":1}\n{\"step\":3,\"lo", StandardOpenOption.APPEND);
    assertThat(html()).contains("Lines of metrics.jsonl that could not be read: 2.");
  }

  @Test
  void aFolderWithoutARunIsAnError() {
    assertThatThrownBy(() -> HtmlReport.write(parent, Optional.empty()))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anUnwritableReportIsAnError() throws IOException {
    Files.createDirectory(folder.resolve(HtmlReport.FILE));
    assertThatThrownBy(() -> HtmlReport.write(folder, Optional.empty()))
        .isInstanceOf(CannotWriteException.class);
  }

  private String html() throws IOException {
    run.close();
    return Files.readString(HtmlReport.write(folder, Optional.empty()));
  }

  private static String number(String cell) {
    return "<td class=\"number\">" + cell + "</td>";
  }

  /** The page's only script: whatever stands before its end is run. */
  private static String script(String html) {
    int start = html.indexOf("<script>");
    return html.substring(start + "<script>".length(), html.indexOf("</script>", start));
  }

  /**
   * The body, but for the script, is well-formed XML, which shows that every element is closed and
   * every text escaped.
   */
  private static Document parseBody(String html) throws Exception {
    String body =
        html.substring(html.indexOf("<body>"), html.indexOf("</html>")).replace(script(html), "");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(body)));
  }
}
