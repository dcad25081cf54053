package io.github.deit4j.docs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * Makes HTML of the pages, in a frame of their own that needs no script and nothing from elsewhere.
 * A link to another page stays in the site; one to a file of the checkout that is none leads to
 * where the sources are published; one to what is not there is an error.
 */
public final class Site {
  private static final Map<String, String> PAGES = new LinkedHashMap<>();

  static {
    PAGES.put("start", "Start");
    PAGES.put("own-images", "Your own images");
    PAGES.put("imagenet", "ImageNet");
    PAGES.put("embed", "In your program");
    PAGES.put("many-machines", "Many machines");
  }

  private static final List<Extension> EXTENSIONS =
      List.of(TablesExtension.create(), HeadingAnchorExtension.create());

  private final Path source;
  private final Path target;
  private final String published;

  private Site(Path source, Path target, String published) {
    this.source = source;
    this.target = target;
    this.published = published;
  }

  /** Arguments: the folder {@code docs}, that of the site, and where the checkout is published. */
  public static void main(String[] arguments) throws IOException {
    Path source = Path.of(arguments[0]).toAbsolutePath().normalize();
    new Site(source, Path.of(arguments[1]), arguments[2]).write();
  }

  private void write() throws IOException {
    Files.createDirectories(target.resolve("img"));
    for (String page : PAGES.keySet()) {
      String name = page.equals("start") ? "index.html" : page + ".html";
      Files.writeString(target.resolve(name), html(page));
    }
    Files.writeString(target.resolve("site.css"), resource("site.css"));
  }

  private String html(String page) throws IOException {
    Node document =
        Parser.builder()
            .extensions(EXTENSIONS)
            .build()
            .parse(Files.readString(source.resolve(page + ".md")));
    var finisher = new Finisher(page);
    document.accept(finisher);
    if (!finisher.wrong.isEmpty()) {
      throw new IOException(page + ".md: " + String.join("; ", finisher.wrong));
    }
    String body =
        HtmlRenderer.builder()
            .extensions(EXTENSIONS)
            .attributeProviderFactory(
                context ->
                    (node, tag, attributes) -> {
                      if (node instanceof TableBlock || tag.equals("pre")) {
                        attributes.put("tabindex", "0"); // for keyboards, where it scrolls
                      }
                    })
            .build()
            .render(document);
    return resource("page.html")
        .replace("{title}", finisher.title)
        .replace("{navigation}", navigation(page))
        .replace("{body}", body);
  }

  private static String navigation(String current) {
    StringBuilder links = new StringBuilder();
    PAGES.forEach(
        (page, title) ->
            links
                .append("<li><a href=\"")
                .append(page.equals("start") ? "index" : page)
                .append(".html\"")
                .append(page.equals(current) ? " aria-current=\"page\">" : ">")
                .append(title)
                .append("</a></li>\n"));
    return links.append("<li><a href=\"api/index.html\">Javadoc</a></li>\n").toString();
  }

  /** Turns links, copies pictures, leaves comments out, and notes the title and what is wrong. */
  private final class Finisher extends AbstractVisitor {
    private final List<String> wrong = new ArrayList<>();
    private final Path page;
    private String title = "";

    Finisher(String page) {
      this.page = source.resolve(page + ".md");
    }

    @Override
    public void visit(Heading heading) {
      if (heading.getLevel() == 1 && heading.getFirstChild() instanceof Text text) {
        title = text.getLiteral();
      }
      visitChildren(heading);
    }

    @Override
    public void visit(HtmlBlock html) {
      remove(html, html.getLiteral());
    }

    @Override
    public void visit(HtmlInline html) {
      remove(html, html.getLiteral());
    }

    /** What a page tells those who test it stands in comments. */
    private void remove(Node html, String text) {
      if (text.startsWith("<!--")) {
        html.unlink();
      } else {
        wrong.add("expected Markdown or a comment, found " + text);
      }
    }

    @Override
    public void visit(Link link) {
      link.setDestination(turned(link.getDestination()));
      visitChildren(link);
    }

    private String turned(String address) {
      if (address.matches("https?://.*")) {
        return address;
      }
      int hash = address.indexOf('#');
      String anchor = hash < 0 ? "" : address.substring(hash);
      if (hash == 0) {
        return anchor;
      }
      Path file = page.resolveSibling(hash < 0 ? address : address.substring(0, hash)).normalize();
      if (!Files.exists(file)) {
        wrong.add("expected a page or a file of the checkout, found a link to " + address);
      }
      String name = file.getFileName().toString().replaceAll("\\.md$", "");
      if (file.getParent().equals(source) && PAGES.containsKey(name)) {
        return (name.equals("start") ? "index" : name) + ".html" + anchor;
      }
      String path = source.getParent().relativize(file).toString().replace('\\', '/');
      return published + path + anchor;
    }

    @Override
    public void visit(Image image) {
      Path file = page.resolveSibling(image.getDestination()).normalize();
      if (!file.startsWith(source.resolve("img")) || !Files.isRegularFile(file)) {
        wrong.add("expected a picture in docs/img, found " + image.getDestination());
        return;
      }
      try {
        Path copy = target.resolve(source.relativize(file).toString());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        wrong.add(e.toString());
      }
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
