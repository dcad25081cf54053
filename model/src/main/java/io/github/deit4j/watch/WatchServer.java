package io.github.deit4j.watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.http.CannotListenException;
import io.github.deit4j.http.Exchange;
import io.github.deit4j.http.HttpServer;
import io.github.deit4j.http.Reply;
import io.github.deit4j.http.RequestException;
import io.github.deit4j.http.Routes;
import io.github.deit4j.report.HtmlPage;
import io.github.deit4j.report.HtmlReport;
import io.github.deit4j.report.LiveReport;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Shows a run in a browser: {@code GET /} is the page, {@code /live} what changes of it, {@code
 * /report.html} the report that the run leaves at its end. Reads files of the run's folder and
 * writes none; however many ask, it reads them at most twice a second and for a tenth of the time.
 */
public final class WatchServer implements AutoCloseable {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECTIONS = 256;
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final long FRESH_NANOS = 500_000_000;

  /** What was read is good for so many times as long as reading it took. */
  private static final int REST = 10;

  private static final long LARGEST_REPORT = 64 << 20;

  /** What no other site's name is taken for, by whatever it resolves to. */
  private static final Pattern OWN_NAME =
      Pattern.compile("localhost|\\d+\\.\\d+\\.\\d+\\.\\d+|\\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*]?");

  private final Path run;
  private final LiveReport report;
  private final HttpServer server;
  private final boolean anyName;
  private Live live;

  /** What was read of the run, and until when nothing else is. */
  private record Live(String body, String tag, long until) {}

  private WatchServer(Path run, String host, int port) {
    this.run = run;
    this.report = new LiveReport(run);
    this.anyName = !host.equals(LOOPBACK);
    this.server = new HttpServer(new HttpServer.Setup(host, port, CONNECTIONS, TIME, IDLE));
    Routes routes = server.routes();
    routes.get("/", this::page);
    routes.get("/live", this::live);
    routes.get("/" + HtmlReport.FILE, this::report);
  }

  /**
   * Starts a server.
   *
   * @param run the run's folder, which need not be there yet
   * @param port 0 for any that is free
   * @throws CannotListenException if the port is taken or the address is not this machine's
   * @throws IllegalArgumentException if there is no port of that number
   */
  public static WatchServer start(Path run, String host, int port) throws CannotListenException {
    WatchServer server = new WatchServer(run, host, port);
    server.server.start();
    return server;
  }

  /** Starts a server for this machine only, see {@link #start(Path, String, int)}. */
  public static WatchServer start(Path run, int port) throws CannotListenException {
    return start(run, LOOPBACK, port);
  }

  /**
   * A page of another site, whose name its owner lets resolve to this machine, would be one of ours
   * to a browser, and could read what is here.
   */
  private void check(Exchange exchange) throws RequestException {
    exchange.requireOnly();
    String host = exchange.host();
    if (!anyName && !OWN_NAME.matcher(host).matches()) {
      throw new RequestException(
          Reply.FORBIDDEN,
          "Host: expected localhost or an address, found " + Exchange.excerpt(host));
    }
  }

  private Reply page(Exchange exchange) throws RequestException, IOException {
    check(exchange);
    return html(report.page(current().body()));
  }

  private Reply live(Exchange exchange) throws RequestException, IOException {
    check(exchange);
    Live now = current();
    Reply reply =
        exchange.header("If-None-Match").equals(now.tag)
            ? new Reply(Reply.NOT_MODIFIED, HTML, new byte[0], Map.of())
            : Reply.of(HTML, now.body.getBytes(UTF_8));
    return reply.with("ETag", now.tag);
  }

  private synchronized Live current() throws IOException {
    long began = System.nanoTime();
    if (live == null || began - live.until > 0) {
      String body = report.body();
      String tag = "\"" + Sha256.of(body.getBytes(UTF_8)) + "\"";
      long now = System.nanoTime();
      live = new Live(body, tag, now + Math.max(FRESH_NANOS, REST * (now - began)));
    }
    return live;
  }

  private Reply report(Exchange exchange) throws RequestException, IOException {
    check(exchange);
    Path file = run.resolve(HtmlReport.FILE);
    if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_REPORT) {
      throw new RequestException(
          Reply.NOT_FOUND, "expected a report, which a run leaves at its end, found none yet");
    }
    return html(Files.readString(file));
  }

  private static Reply html(String page) {
    return Reply.of(HTML, page.getBytes(UTF_8))
        .with("Content-Security-Policy", HtmlPage.policy(page))
        .with("Referrer-Policy", "no-referrer");
  }

  /** Returns the address of the page. */
  public String address() {
    return server.address();
  }

  /** Returns the port, also where any free one was asked for. */
  public int port() {
    return server.port();
  }

  /** Answers nobody any more. */
  @Override
  public void close() {
    server.close();
  }
}
