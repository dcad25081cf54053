package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.http.Reply;
import io.github.deit4j.http.Routes;
import io.github.deit4j.report.HtmlPage;

/** The page for people: a picture is dropped or chosen, its classes and the attention are shown. */
final class Page {
  /** Nothing from elsewhere, and no other site may show the page in a frame. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private Page() {}

  static void addTo(Routes routes, TensorProtocol model) {
    String html =
        Resources.text("serve/serve.html")
            .replace("{{model}}", HtmlPage.escape(model.name()))
            .replace("{{classes}}", Integer.toString(model.classes()));
    Reply page =
        Reply.of("text/html; charset=utf-8", html.getBytes(UTF_8))
            .with("Content-Security-Policy", POLICY)
            .with("Referrer-Policy", "no-referrer");
    routes.get("/", _ -> page);
    String css = Resources.text("report/report.css") + Resources.text("serve/serve.css");
    add(routes, "/serve.css", "text/css; charset=utf-8", css);
    add(routes, "/serve.js", "text/javascript; charset=utf-8", Resources.text("serve/serve.js"));
  }

  private static void add(Routes routes, String path, String type, String text) {
    Reply reply = Reply.of(type, text.getBytes(UTF_8));
    routes.get(path, _ -> reply);
  }
}
