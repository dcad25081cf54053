package io.github.deit4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

/** A report where a program embeds the library, and so has no uPlot. */
class PageWithoutChartsTest {
  @Test
  void aReportHasItsTables() throws Exception {
    URL ours = HtmlPage.class.getProtectionDomain().getCodeSource().getLocation();
    String body = "<figure class=\"plot\"><table></table></figure>";
    String page;
    try (var loader = new URLClassLoader(new URL[] {ours}, ClassLoader.getPlatformClassLoader())) {
      Method method =
          loader
              .loadClass(HtmlPage.class.getName())
              .getDeclaredMethod("withCurves", String.class, String.class);
      method.setAccessible(true);
      page = (String) method.invoke(null, "a run", body);
    }
    assertThat(page)
        .contains("<title>deit4j: a run</title>", body, "org.webjars.npm:uplot 1.6.30")
        .doesNotContain("<script", "Charts by uPlot");
    assertThat(HtmlPage.withCurves("a run", body))
        .contains("<script", "Charts by uPlot")
        .doesNotContain("org.webjars.npm:uplot");
  }
}
