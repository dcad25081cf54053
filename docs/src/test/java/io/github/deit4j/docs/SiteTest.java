package io.github.deit4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.BrowserPage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The site as a browser shows it: every link of its leads somewhere, nothing is fetched from
 * elsewhere, all text can be read, in light colours and in dark ones, on a telephone too.
 */
class SiteTest {
  private static final Path SITE = Path.of(System.getProperty("site"));
  private static final List<String> PAGES =
      List.of("index", "own-images", "imagenet", "embed", "many-machines");

  /** Of the Javadoc, whose pages have one style sheet. */
  private static final List<String> SOME_OF_THE_API =
      List.of(
          "api/index",
          "api/io.github.deit4j.model/module-summary",
          "api/io.github.deit4j.model/io/github/deit4j/session/package-summary",
          "api/io.github.deit4j.model/io/github/deit4j/session/Training",
          "api/io.github.deit4j.runtime/io/github/deit4j/autograd/Ops");

  private static final int DESKTOP = 1280;

  /** Addresses of all links, pictures, style sheets and scripts, and all anchors. */
  private static final String LINKS_AND_ANCHORS =
      """
      [[...document.querySelectorAll('a[href]')].map(a => a.href)
          .concat([...document.querySelectorAll('img, script[src]')].map(e => e.src))
          .concat([...document.querySelectorAll('link[href]')].map(e => e.href)),
       [...document.querySelectorAll('[id]')].map(e => e.id)]
      """;

  @TempDir static Path folder;

  private BrowserPage browser;

  @BeforeEach
  void findTheSite() {
    assertThat(BrowserPage.available()).as("Chromium in PATH: apt-get install chromium").isTrue();
    assertThat(SITE.resolve("index.html")).exists();
  }

  @AfterEach
  void close() {
    if (browser != null) {
      browser.close();
    }
  }

  private static String address(String page) {
    return SITE.resolve(page + ".html").toUri().toString();
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void everyPageCanBeRead(int width, boolean dark) throws Exception {
    browser = BrowserPage.start(folder, width, dark);
    for (String page : PAGES) {
      browser.open(address(page));
      assertThat(browser.look()).as(page).isEmpty();
      assertThat(browser.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
          .isEqualTo(dark);
      assertThat(browser.evaluate(brightness()).equals(dark ? "dark" : "light")).isTrue();
      assertThat(browser.evaluate("[...document.images].every(i => i.naturalWidth > 0 && i.alt)"))
          .isEqualTo(true);
      assertThat(browser.evaluate("document.querySelectorAll('script').length")).isEqualTo(0L);
    }
    assertThat(browser.complaints()).isEmpty();
  }

  private static String brightness() {
    return "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0] > 127"
        + " ? 'light' : 'dark'";
  }

  /** Javadoc's own pages are wide on a telephone, and some of its texts are small. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void theApiCanBeRead(boolean dark) throws Exception {
    browser = BrowserPage.start(folder, DESKTOP, dark);
    for (String page : SOME_OF_THE_API) {
      browser.open(address(page));
      assertThat(browser.look().stream().map(Object::toString))
          .as(page)
          .filteredOn(each -> each.startsWith("contrast"))
          .isEmpty();
      assertThat(browser.evaluate(brightness()).equals(dark ? "dark" : "light")).isTrue();
    }
  }

  /** From page to page, as far as links of the site go. */
  @Test
  void everyLinkLeadsSomewhere() throws Exception {
    browser = BrowserPage.start(folder, DESKTOP, false);
    Set<String> wrong = new TreeSet<>();
    Map<Path, Set<String>> anchors = new HashMap<>();
    Map<URI, Path> asked = new HashMap<>();
    Deque<Path> next = new ArrayDeque<>(List.of(SITE.resolve("index.html")));
    while (!next.isEmpty()) {
      Path page = next.remove();
      if (anchors.containsKey(page)) {
        continue;
      }
      browser.open(page.toUri().toString());
      List<?> found = (List<?>) browser.evaluate(LINKS_AND_ANCHORS);
      Set<String> here = new HashSet<>();
      ((List<?>) found.get(1)).forEach(id -> here.add((String) id));
      anchors.put(page, here);
      for (Object each : (List<?>) found.get(0)) {
        URI link = URI.create((String) each);
        if (!"file".equals(link.getScheme())) {
          if (!List.of("https", "http", "data", "javascript").contains(link.getScheme())) {
            wrong.add(page + ": " + link);
          }
          continue;
        }
        Path file = Path.of(link.getPath());
        if (!file.startsWith(SITE.toAbsolutePath()) || !Files.isRegularFile(file)) {
          wrong.add(page + ": no file for " + link);
        } else if (file.toString().endsWith(".html")) {
          next.add(file);
          asked.putIfAbsent(link, page);
        }
      }
    }
    asked.forEach(
        (link, page) -> {
          String anchor = link.getFragment();
          if (anchor != null
              && !anchor.isEmpty()
              && !anchors.get(Path.of(link.getPath())).contains(anchor)) {
            wrong.add(page + ": no anchor for " + link);
          }
        });
    assertThat(wrong).isEmpty();
    assertThat(anchors.keySet())
        .containsAll(PAGES.stream().map(page -> SITE.resolve(page + ".html")).toList())
        .hasSizeGreaterThan(300);
    assertThat(browser.requests())
        .allMatch(each -> each.startsWith("file:") || each.startsWith("data:"));
    System.out.println(
        anchors.size() + " pages, " + asked.size() + " links between them, each leads somewhere");
  }

  @Test
  void theCheckSeesWhatIsWrong() throws Exception {
    Path page = folder.resolve("wrong.html");
    Files.writeString(
        page,
        "<style>body { background: #fff } p { color: #999 }</style><p>pale<script src=gone.js></script>");
    browser = BrowserPage.start(folder, DESKTOP, false);
    browser.open(page.toUri().toString());
    assertThat(browser.look().toString()).contains("contrast 2", "pale");
    assertThat(((List<?>) browser.evaluate(LINKS_AND_ANCHORS)).getFirst().toString())
        .contains("gone.js");
    assertThat(browser.complaints().toString()).contains("ERR_FILE_NOT_FOUND");
  }
}
