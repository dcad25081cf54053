package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.testing.BrowserPage;
import io.github.deit4j.testing.BrowserPage.Named;
import io.github.deit4j.watch.WatchServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of a run as people see it while it goes on. */
@Timeout(180)
class WatchInBrowserTest {
  private static final int TAB = 9;

  /** How many steps the first chart has, and how it looks. */
  private static final String ROWS =
      "document.querySelectorAll('figure.plot')[0].querySelectorAll('tbody tr').length";

  private static final String CHART = "document.querySelector('figure.plot canvas').toDataURL()";
  private static final String STEP = "document.querySelector('.facts dd').firstChild.data";

  @TempDir Path folder;
  private TinyTraining training;

  @BeforeEach
  void begin() throws Exception {
    assumeTrue(BrowserPage.available(), "no Chromium in PATH: apt-get install chromium");
    training = TinyTraining.in(folder);
  }

  @Test
  void curvesMoveWhileARunGoesOnAndThePageOutlivesIt() throws Exception {
    List<String> command =
        training.command("run", TinyTraining.options(TinyTraining.ENDLESS, "--watch", "0"));
    try (ChildJvm child = ChildJvm.start(folder, "", command);
        BrowserPage page = BrowserPage.start(folder, 1280, false)) {
      page.open(WatchCommandTest.address(child));
      page.await("document.querySelectorAll('figure.plot canvas').length > 3");
      Object step = page.evaluate(STEP);
      Object chart = page.evaluate(CHART);
      page.evaluate("document.querySelector('figure.plot details').open = true");
      long rows = (Long) page.evaluate(ROWS);
      page.await(ROWS + " > " + rows);
      page.await(STEP + " !== '" + step + "'");
      assertThat(page.evaluate(CHART).equals(chart)).as("the curve is as it was").isFalse();
      assertThat(page.evaluate("document.getElementById('connection').textContent")).isEqualTo("");
      assertThat(page.evaluate("document.querySelector('figure.plot details').open"))
          .as("what a reader has opened stays open")
          .isEqualTo(true);
      assertThat(page.evaluate("document.querySelector('.state').textContent"))
          .isEqualTo("The run goes on.");
      assertThat(page.complaints()).isEmpty();
      child.signal("TERM");
      assertThat(child.result().code()).isEqualTo(ExitCode.STOPPED);
      page.await("document.getElementById('connection').textContent.startsWith('No news: ')");
      assertThat(page.look()).isEmpty();
    }
  }

  @Test
  void aBrowserThatGoesAwayDoesNotMatter() throws Exception {
    List<String> command =
        training.command("run", TinyTraining.options(TinyTraining.ENDLESS, "--watch", "0"));
    try (ChildJvm child = ChildJvm.start(folder, "", command)) {
      String address = WatchCommandTest.address(child);
      try (BrowserPage page = BrowserPage.start(folder, 500, false)) {
        page.open(address);
        page.await("document.querySelectorAll('figure.plot canvas').length > 3");
      }
      Path metrics = training.out("run").resolve("metrics.jsonl");
      long size = metrics.toFile().length();
      child.await(() -> metrics.toFile().length() > size);
      child.signal("TERM");
      assertThat(child.result().code()).isEqualTo(ExitCode.STOPPED);
    }
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void everythingCanBeRead(int width, boolean dark) throws Exception {
    training.train("run");
    try (WatchServer server = WatchServer.start(training.out("run"), 0);
        BrowserPage page = BrowserPage.start(folder, width, dark)) {
      page.open(server.address());
      page.await("document.querySelectorAll('figure.plot canvas').length > 3");
      assertThat(page.look()).isEmpty();
      assertThat(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
          .isEqualTo(dark);
      page.evaluate("document.querySelector('a[href=\"report.html\"]').click()");
      page.await("location.pathname === '/report.html' && document.readyState === 'complete'");
      page.await("document.querySelectorAll('figure.plot canvas').length > 3");
      assertThat(page.evaluate("[...document.images].filter(i => i.naturalWidth > 0).length > 3"))
          .as("pictures of mistakes")
          .isEqualTo(true);
      assertThat(page.look()).isEmpty();
      assertThat(page.complaints()).isEmpty();
      assertThat(page.requests())
          .allMatch(url -> url.startsWith(server.address()) || url.startsWith("data:"));
    }
  }

  /** What is brought up to date is what a reader who comes then gets. */
  @Test
  void anUpdateLeavesThePageAsItWouldBe() throws Exception {
    training.train("run", "--max-steps", "2");
    String shape =
        """
        (main => {
          main.querySelectorAll('.chart').forEach(chart => chart.remove());
          return [...main.querySelectorAll('*')].map(
              e => e.nodeName + e.className + (e.children.length ? '' : e.textContent)).join('|');
        })""";
    try (WatchServer server = WatchServer.start(training.out("run"), 0);
        BrowserPage page = BrowserPage.start(folder, 1000, false)) {
      page.open(server.address());
      training.train("run", "--resume");
      page.await("document.querySelector('.state').textContent === 'The run is over.'");
      page.await("document.querySelectorAll('figure.plot').length > 6");
      Object updated = page.evaluate(shape + "(document.getElementById('live').cloneNode(true))");
      page.open(server.address() + "report.html");
      page.open(server.address());
      page.await("location.pathname === '/' && document.querySelectorAll('canvas').length > 6");
      assertThat(updated)
          .isEqualTo(page.evaluate(shape + "(document.getElementById('live').cloneNode(true))"));
      assertThat(page.complaints()).isEmpty();
    }
  }

  @Test
  void theKeyboardReachesEverythingAndScreenReadersHaveANameForIt() throws Exception {
    training.train("run");
    try (WatchServer server = WatchServer.start(training.out("run"), 0);
        BrowserPage page = BrowserPage.start(folder, 1000, false)) {
      page.open(server.address());
      page.await("document.querySelectorAll('figure.plot canvas').length > 3");
      page.press("Tab", TAB);
      assertThat(page.evaluate("document.activeElement.textContent"))
          .isEqualTo("The report of its end");
      page.press("Tab", TAB); // the table of results, which can be scrolled
      assertThat(page.evaluate("document.activeElement.getAttribute('aria-label')"))
          .isEqualTo("Results");
      page.press("Tab", TAB);
      assertThat(page.evaluate("document.activeElement.nodeName")).isEqualTo("SUMMARY");
      List<Named> names = page.accessible();
      assertThat(names)
          .contains(new Named("heading", "Run run"), new Named("heading", "Curves"))
          .contains(new Named("link", "The report of its end"))
          .anyMatch(n -> n.role().equals("main"))
          .anyMatch(n -> n.role().equals("status"))
          .anyMatch(n -> n.role().equals("image") && n.name().startsWith("Loss over optimizer"));
      assertThat(names)
          .filteredOn(n -> List.of("link", "image", "region", "button").contains(n.role()))
          .allSatisfy(n -> assertThat(n.name()).isNotBlank());
      page.evaluate("document.activeElement.click()");
      assertThat(page.accessible())
          .anyMatch(n -> n.role().equals("cell") || n.role().equals("gridcell"));
    }
  }
}
