package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.testing.BrowserPage;
import io.github.deit4j.testing.BrowserPage.Named;
import io.github.deit4j.testing.ServedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page as people use it: by mouse, by keyboard, by screen reader, in light and dark. */
@Timeout(180)
class PageInBrowserTest {
  private static final int TAB = 9;
  private static final int LEFT = 37;
  private static final String SHOWN = "!document.getElementById('result').hidden";

  /** The colours of some pixels of the map, as one text. */
  private static final String MAP =
      "(c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).join())"
          + "(document.getElementById('map'))";

  @TempDir Path folder;
  private ServedModel model;
  private ClassifierServer server;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(BrowserPage.available(), "no Chromium in PATH: apt-get install chromium");
    model = ServedModel.distilled(folder);
    server = ClassifierServer.builder(model.classifier()).name("tiny").start();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
      model.close();
    }
  }

  private Path picture() throws Exception {
    return Files.write(folder.resolve("photo.png"), ServedModel.png(30, 20, 1));
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void aPictureIsChosenAndItsAnswerCanBeRead(int width, boolean dark) throws Exception {
    try (BrowserPage page = BrowserPage.start(folder, width, dark)) {
      page.open(server.address());
      assertThat(page.look()).isEmpty();
      page.choose("#file", picture());
      page.await(SHOWN);
      page.await("document.getElementById('map').width > 0 && " + MAP + ".length > 0");
      assertThat(page.evaluate("document.querySelectorAll('#classes tr').length")).isEqualTo(5L);
      assertThat(page.evaluate("document.getElementById('status').textContent"))
          .asString()
          .matches("photo\\.png: thing \\d, \\d+\\.\\d\\d %");
      assertThat(page.look()).isEmpty();
      assertThat(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
          .isEqualTo(dark);
      assertThat(page.complaints()).isEmpty();
      assertThat(page.requests())
          .allMatch(url -> url.startsWith(server.address()) || url.startsWith("data:"));
    }
  }

  @Test
  void theLookSeesWhatIsWrong() throws Exception {
    try (BrowserPage page = BrowserPage.start(folder, 360, false)) {
      page.open(server.address());
      page.evaluate(
          "document.body.insertAdjacentHTML('beforeend', '<p id=a>pale</p><p id=b>wide</p>');"
              + "a.style.color = '#bbb'; b.style.width = '700px'");
      assertThat(page.look().toString()).contains("contrast 1.", "pale", "page is 7");
    }
  }

  @Test
  void aPictureIsDropped() throws Exception {
    try (BrowserPage page = BrowserPage.start(folder, 1000, false)) {
      page.open(server.address());
      drop(page, Files.readAllBytes(picture()), "dropped.png", "image/png");
      page.await(SHOWN);
      assertThat(page.evaluate("document.getElementById('result-title').textContent"))
          .isEqualTo("dropped.png");
      // What is wrong is said where the answer was.
      drop(page, "no image".getBytes(UTF_8), "letter.png", "image/png");
      page.await("document.getElementById('status').classList.contains('wrong')");
      assertThat(page.evaluate("document.getElementById('status').textContent"))
          .asString()
          .startsWith("letter.png: body: is no image of the formats");
      assertThat(page.evaluate(SHOWN)).isEqualTo(false);
    }
  }

  private static void drop(BrowserPage page, byte[] content, String name, String type)
      throws Exception {
    page.evaluate(
        """
        (() => {
          const bytes = Uint8Array.from(atob('%s'), c => c.charCodeAt(0));
          const dropped = new DataTransfer();
          dropped.items.add(new File([bytes], '%s', {type: '%s'}));
          document.getElementById('drop').dispatchEvent(
              new DragEvent('drop', {dataTransfer: dropped, bubbles: true, cancelable: true}));
        })()
        """
            .formatted(Base64.getEncoder().encodeToString(content), name, type));
  }

  @Test
  void theKeyboardReachesEverything() throws Exception {
    try (BrowserPage page = BrowserPage.start(folder, 1000, false)) {
      page.open(server.address());
      page.press("Tab", TAB);
      assertThat(focus(page)).isEqualTo("file");
      assertThat(page.evaluate("getComputedStyle(document.getElementById('drop')).outlineStyle"))
          .isEqualTo("solid");
      page.choose("#file", picture());
      page.await(SHOWN);
      page.await("document.getElementById('map').width === 24");
      page.press("Tab", TAB);
      assertThat(focus(page)).isEqualTo("strength");
      Object before = page.evaluate(MAP);
      page.press("ArrowLeft", LEFT);
      assertThat(page.evaluate("document.getElementById('strength').value")).isEqualTo("59");
      assertThat(page.evaluate(MAP)).isNotEqualTo(before);
      page.press("Tab", TAB);
      assertThat(focus(page)).isEqualTo("token");
    }
  }

  private static Object focus(BrowserPage page) throws Exception {
    return page.evaluate("document.activeElement.id");
  }

  @Test
  void screenReadersHaveANameForEverything() throws Exception {
    try (BrowserPage page = BrowserPage.start(folder, 1000, false)) {
      page.open(server.address());
      page.choose("#file", picture());
      page.await(SHOWN);
      page.await("document.getElementById('map').getAttribute('aria-label').includes('attention')");
      List<Named> names = page.accessible();
      assertThat(names)
          .contains(new Named("heading", "What does tiny see?"))
          .contains(new Named("heading", "photo.png"))
          .contains(new Named("slider", "Strength of the map"))
          .contains(new Named("combobox", "Token"))
          .contains(new Named("table", "Most probable classes"))
          .contains(new Named("columnheader", "Probability"))
          .anyMatch(n -> n.role().equals("button") && n.name().startsWith("Choose a picture"))
          .anyMatch(n -> n.role().equals("status"))
          .anyMatch(
              n ->
                  n.role().equals("image")
                      && n.name().matches("photo.png with the attention of the class token.*"));
      assertThat(names)
          .filteredOn(n -> List.of("button", "slider", "combobox", "image").contains(n.role()))
          .allSatisfy(n -> assertThat(n.name()).isNotBlank());
    }
  }
}
