package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.metrics.CalibrationError;
import io.github.deit4j.metrics.ConfusionMatrix;
import io.github.deit4j.report.EvaluationReport;
import io.github.deit4j.report.HtmlPage;
import io.github.deit4j.testing.BrowserPage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The report as a browser shows it: nothing runs out of the page or of a chart, all text is
 * readable, nothing is fetched, nothing is an error.
 */
class ReportInBrowserTest {
  /** The probe is not part of the page that it looks at. A frame has the colours of its page. */
  private static final String FRAME =
      """
      <!DOCTYPE html><html style="color-scheme: light dark"><body>
      <iframe style="width: %dpx; height: 900px; border: 0" srcdoc="%s"></iframe></body></html>
      """;

  private static final String POLICY =
      """
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
      img-src data:">
      """;

  private static final int WIDTH = 1400;

  @TempDir Path folder;

  @BeforeEach
  void findChromium() {
    assumeTrue(BrowserPage.available(), "no Chromium in PATH: apt-get install chromium");
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void aFullReport(int width, boolean dark) throws Exception {
    JsonValue found = probe(report(SampleReport.full()), width, dark);
    assertThat(wrong(found)).isEmpty();
    assertThat(found.get("width").asInt()).isEqualTo(width);
    assertThat(found.get("dark").asBoolean()).isEqualTo(dark);
    assertThat(found.get("charts").asInt()).as("charts").isEqualTo(11);
    assertThat(found.get("texts").asInt()).as("texts").isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void anEvaluation(int width, boolean dark) throws Exception {
    JsonValue found = probe(evaluation(), width, dark);
    assertThat(wrong(found)).isEmpty();
    assertThat(found.get("dark").asBoolean()).isEqualTo(dark);
    assertThat(found.get("texts").asInt()).as("texts").isGreaterThan(100);
  }

  /** Top-5 of five classes is always 100 %, and no share is more. */
  @Test
  void noAxisOfSharesGoesBeyondAll() throws Exception {
    String table =
        """
        <figure class="plot"><figcaption>Top-5</figcaption><table><thead><tr><th>step</th>
        <th>class</th></tr></thead><tbody><tr><th>1</th><td>100.00 %</td></tr>
        <tr><th>2</th><td>100.00 %</td></tr></tbody></table></figure>
        """;
    String spy =
        """
        const real = uPlot;
        uPlot = function (options) {
          const range = options.scales.y.range;
          document.title =
              JSON.stringify([range(null, 100, 100), range(null, 60, 99.9), range(null, 0, 9)]);
        };
        uPlot.rangeNum = real.rangeNum;
        """;
    String script;
    try (InputStream in = HtmlPage.class.getResourceAsStream("curves.js")) {
      script = new String(in.readAllBytes(), UTF_8);
    }
    Path page = folder.resolve("axis.html");
    Files.writeString(page, HtmlPage.withCharts("axis", table, spy + script));
    String title;
    try (BrowserPage browser = BrowserPage.start(folder, WIDTH, false)) {
      browser.open(page.toUri().toString());
      title = (String) browser.evaluate("document.title");
    }
    JsonValue ranges = Json.read("title", title);
    assertThat(ranges.items().getFirst().asDoubles()).containsExactly(90, 100);
    for (JsonValue range : ranges.items()) {
      assertThat(range.asDoubles()[0]).isGreaterThanOrEqualTo(0);
      assertThat(range.asDoubles()[1]).isLessThanOrEqualTo(100);
    }
  }

  private String evaluation() throws IOException {
    List<String> classes = List.of("bee", "a class of a long name", "cat", "dog & <fox>", "emu");
    ConfusionMatrix confusion = new ConfusionMatrix(classes.size());
    CalibrationError calibration = new CalibrationError();
    for (int i = 0; i < 500; i++) {
      int label = i % 4;
      int predicted = i % 7 == 0 ? (label + i) % 5 : label;
      confusion.add(label, predicted);
      calibration.add(0.2 + i % 80 / 100.0, label == predicted);
    }
    var png = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB), "png", png);
    List<EvaluationReport.Mistake> mistakes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      mistakes.add(
          new EvaluationReport.Mistake(
              "folder/with/a/long/name/that/goes/on/" + i + ".jpg",
              classes.get(i),
              classes.get(4 - i),
              0.9 - i / 10.0,
              png.toByteArray(),
              i == 3 ? null : png.toByteArray()));
    }
    Path page = folder.resolve("evaluation.html");
    EvaluationReport.write(
        page,
        new EvaluationReport.Evaluation(
            "Evaluation of model.safetensors",
            "model.safetensors on 500 images of DIR, in 0:00:12.",
            List.of(new EvaluationReport.HeadScore("joint", 0.875, 1, 0.4321, 0.0213)),
            "joint",
            classes,
            confusion,
            calibration,
            mistakes));
    return Files.readString(page);
  }

  @Test
  void aReportOfNextToNothing() throws Exception {
    JsonValue found = probe(report(SampleReport.empty()), 360, false);
    assertThat(wrong(found)).isEmpty();
    assertThat(found.get("charts").asInt()).isZero();
  }

  @Test
  void theProbeSeesWhatIsWrong() throws Exception {
    String page =
        """
        <!DOCTYPE html><html><head></head><body>
        <p style="width: 700px">wide</p>
        <p style="color: #bbb">pale</p>
        <p style="font-size: 6px">tiny</p>
        <table><tr><td style="max-width: 20px">overflowing</td><td>next</td></tr></table>
        <img src="missing.png">
        <figure class="plot"><svg role="img" viewBox="0 0 10 10" width="10" height="10">
        <text x="900">lost</text></svg></figure>
        <figure class="plot"><table><tr class="u-series"></tr><tr class="u-series"><th><div class="u-marker"
        style="border: 2px solid red"></div>hidden</th></tr></table><canvas></canvas></figure>
        <script>console.error('broken');</script>
        </body></html>
        """;
    List<String> console = new ArrayList<>();
    List<String> wrong = wrong(probe(page, 360, false, console));
    assertThat(String.join("\\n", wrong))
        .contains("page is 7", "contrast 1.", "pale", "too small", "tiny", "request to")
        .contains("series hidden is not to be seen")
        .contains("without a visible mark", "outside of its chart", "lost", "runs out of its box");
    assertThat(console).anySatisfy(line -> assertThat(line).contains("broken"));
  }

  private String report(SuiteReport report) throws IOException {
    SuiteFiles.write(report, folder);
    return Files.readString(folder.resolve("report.html"));
  }

  private JsonValue probe(String page, int width, boolean dark) throws Exception {
    List<String> console = new ArrayList<>();
    JsonValue found = probe(page, width, dark, console);
    assertThat(console).as("console").isEmpty();
    return found;
  }

  private JsonValue probe(String page, int width, boolean dark, List<String> console)
      throws Exception {
    Path copy = folder.resolve("probed.html");
    Files.writeString(
        copy, FRAME.formatted(width, HtmlPage.escape(page.replace("<head>", head()))));
    String answer;
    try (BrowserPage browser = BrowserPage.start(folder, WIDTH, dark)) {
      browser.open(copy.toUri().toString());
      browser.await("document.getElementById('probe') !== null");
      answer = (String) browser.evaluate("document.getElementById('probe').textContent");
      console.addAll(browser.complaints());
    }
    return Json.read("probe", new String(Base64.getDecoder().decode(answer), UTF_8));
  }

  private static String head() throws IOException {
    try (InputStream in = ReportInBrowserTest.class.getResourceAsStream("probe.js")) {
      return "<head>%s<script>%s</script>".formatted(POLICY, new String(in.readAllBytes(), UTF_8));
    }
  }

  private static List<String> wrong(JsonValue found) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (JsonValue each : found.get("wrong").items()) {
      wrong.add(each.asString());
    }
    return wrong;
  }
}
