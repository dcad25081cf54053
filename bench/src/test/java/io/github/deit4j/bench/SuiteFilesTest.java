package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class SuiteFilesTest {
  @TempDir Path folder;

  private String write(SuiteReport report) throws IOException {
    SuiteFiles.write(report, folder);
    return Files.readString(folder.resolve("report.html"));
  }

  /** Well-formed XML: every element is closed and every text escaped. */
  private static Document body(String html) throws Exception {
    String body =
        html.substring(html.indexOf("<body>"), html.indexOf("</html>"))
            .replaceAll("(?s)<(script|style)>.*?</\\1>", "");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(body)));
  }

  @Test
  void everySectionIsThereAndLinked() throws Exception {
    String html = write(SampleReport.full());
    Document body = body(html);
    var links = body.getElementsByTagName("a");
    assertThat(links.getLength()).isEqualTo(12);
    for (int i = 0; i < links.getLength(); i++) {
      String target = links.item(i).getAttributes().getNamedItem("href").getNodeValue();
      assertThat(html).contains("<section id=\"" + target.substring(1) + "\">");
    }
    assertThat(body.getElementsByTagName("figure").getLength()).as("bars").isEqualTo(1);
    assertThat(html)
        .contains("deit_base_distilled_patch16_384", "720\u202f000")
        .contains("data-charts=\"inference\"", "uPlot 1.6.30, MIT", "Permission is hereby granted");
  }

  /** Of each contender the fastest batch at all threads, and of models only that the paper has. */
  @Test
  void throughputStandsBesideThePapersAccuracy() throws Exception {
    String html = write(SampleReport.full());
    assertThat(html)
        .contains("<section id=\"throughput-against-accuracy\">", "not measured", "\"top1\":74.5");
    List<String> rows =
        Files.readString(folder.resolve("suite.md"))
            .lines()
            .dropWhile(line -> !line.equals("## Throughput against accuracy"))
            .skip(1)
            .takeWhile(line -> !line.startsWith("##"))
            .filter(line -> line.contains("| cpu "))
            .toList();
    assertThat(rows).hasSize(3);
    assertThat(rows.getFirst()).contains("deit_tiny_distilled_patch16_224", " 74.5 ", "2530");
    assertThat(rows.getLast()).contains("deit_base_distilled_patch16_384", " 84.5 ", " 85.8 ");
  }

  @Test
  void noisyNumbersAreMarkedAndExplained() throws Exception {
    String html = write(SampleReport.full());
    assertThat(html).contains(">~", "\"noise\":\"clock 12 % below the best");
  }

  @Test
  void textsAreEscapedAndNothingIsFetched() throws Exception {
    for (SuiteReport report : new SuiteReport[] {SampleReport.full(), SampleReport.empty()}) {
      String html = write(report);
      body(html);
      assertThat(html)
          .contains("&lt;img src=x onerror=&quot;fetch(&#39;http://evil.example&#39;)&quot;&gt;")
          .doesNotContain("<img", "<script src", "src=\"", "url(", "@import", "href=\"http");
    }
  }

  @Test
  void whatIsAbsentIsSaid() throws Exception {
    assertThat(write(SampleReport.empty()))
        .contains("the time budget of 1 s was spent")
        .doesNotContain("<h2>Inference</h2>", "<h2>Noisy</h2>");
  }

  /** What is in the repository can be read and shown. */
  @Test
  void thePublishedRunIsShown() throws Exception {
    Path results = Path.of("results");
    SuiteReport published = SuiteReport.read(results.resolve("suite-avx512.json"));
    assertThat(write(published)).contains("deit_small_distilled_patch16_224", "797d8caf79f5");
    for (String end : List.of("json", "md")) {
      assertThat(folder.resolve("suite." + end))
          .hasSameTextualContentAs(results.resolve("suite-avx512." + end));
    }
  }
}
