package io.github.deit4j.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A page in Chromium without a window, with a keyboard, files to choose and the tree that screen
 * readers see, by the Chrome DevTools Protocol.
 */
public final class BrowserPage implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final long PATIENCE_SECONDS = 60;
  private static final long LOOK_MS = 10;

  private final Process process;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<JsonValue>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger next = new AtomicInteger();
  private final WebSocket socket;

  /**
   * Something that screen readers tell of.
   *
   * @param role such as button
   * @param name what it is called
   */
  public record Named(String role, String name) {}

  private BrowserPage(Path program, Path folder, int width, boolean dark) throws Exception {
    Path profile = Files.createTempDirectory(folder, "profile");
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(Files.createTempFile(folder, "chromium", ".log").toFile())
            .start();
    socket = connect(profile.resolve("DevToolsActivePort"));
    for (String domain : List.of("Page", "Runtime", "Log", "Network", "DOM", "Accessibility")) {
      call(domain + ".enable");
    }
    call(
        "Emulation.setDeviceMetricsOverride",
        "width",
        width,
        "height",
        1000,
        "deviceScaleFactor",
        1,
        "mobile",
        false);
    Object scheme =
        JsonWriter.object("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
    call("Emulation.setEmulatedMedia", "features", List.of(scheme));
  }

  /** Returns whether there is a browser. */
  public static boolean available() {
    return program().isPresent();
  }

  private static Optional<Path> program() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts a browser with an empty page.
   *
   * @param folder for its files
   * @param width of the page in pixels
   * @param dark whether its user prefers dark colours
   */
  public static BrowserPage start(Path folder, int width, boolean dark) throws Exception {
    return new BrowserPage(program().orElseThrow(), folder, width, dark);
  }

  private WebSocket connect(Path portFile) throws Exception {
    String port = "";
    for (long waited = 0; port.isEmpty(); waited += LOOK_MS) {
      if (waited > TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS) || !process.isAlive()) {
        throw new IOException("Chromium: expected a port in " + portFile + ", found none");
      }
      Thread.sleep(LOOK_MS);
      port =
          Files.exists(portFile) ? Files.readString(portFile).lines().findFirst().orElse("") : "";
    }
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    String address = "";
    while (address.isEmpty()) {
      byte[] targets =
          client.send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofByteArray()).body();
      for (JsonValue target : Json.read("targets", targets).items()) {
        if (target.get("type").asString().equals("page")) {
          address = target.get("webSocketDebuggerUrl").asString();
        }
      }
    }
    return client.newWebSocketBuilder().buildAsync(URI.create(address), new Listener()).get();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        try {
          take(Json.read("DevTools", message.toString()));
        } catch (JsonException e) {
          complaints.add(e.toString());
        }
        message.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void take(JsonValue message) throws JsonException {
    if (message.has("id")) {
      answers.remove(message.get("id").asInt()).complete(message);
      return;
    }
    JsonValue event = message.get("params");
    switch (message.get("method").asString()) {
      case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded" ->
          complaints.add(JsonWriter.compact(event.value()));
      case "Network.requestWillBeSent" -> requests.add(event.get("request").get("url").asString());
      default -> {}
    }
  }

  private JsonValue call(String method, Object... parameters) throws Exception {
    int id = next.incrementAndGet();
    CompletableFuture<JsonValue> answer = new CompletableFuture<>();
    answers.put(id, answer);
    Object message =
        JsonWriter.object("id", id, "method", method, "params", JsonWriter.object(parameters));
    socket.sendText(JsonWriter.compact(message), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    JsonValue found = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (found.has("error")) {
      throw new IOException(method + ": " + JsonWriter.compact(found.get("error").value()));
    }
    return found.get("result");
  }

  /** Opens an address and waits until the page has been read. */
  public void open(String address) throws Exception {
    call("Page.navigate", "url", address);
    await("location.href !== 'about:blank' && document.readyState === 'complete'");
  }

  /** Evaluates JavaScript, and waits if it is a promise. */
  public Object evaluate(String script) throws Exception {
    JsonValue result =
        call("Runtime.evaluate", "expression", script, "returnByValue", true, "awaitPromise", true);
    if (result.has("exceptionDetails")) {
      throw new IOException(JsonWriter.compact(result.get("exceptionDetails").value()));
    }
    return result.get("result").has("value") ? result.get("result").get("value").value() : null;
  }

  /** Waits until JavaScript says true. */
  public void await(String condition) throws Exception {
    for (long waited = 0; !Boolean.TRUE.equals(evaluate(condition)); waited += LOOK_MS) {
      if (waited > TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS)) {
        throw new IOException("expected in time that " + condition);
      }
      Thread.sleep(LOOK_MS);
    }
  }

  /** Returns what is hard to read on the page, or runs out of it. */
  public List<?> look() throws Exception {
    try (InputStream in = BrowserPage.class.getResourceAsStream("look.js")) {
      return (List<?>) evaluate(new String(in.readAllBytes(), UTF_8));
    }
  }

  /** Presses a key, such as Tab or ArrowRight. */
  public void press(String key, int code) throws Exception {
    for (String type : List.of("rawKeyDown", "keyUp")) {
      call(
          "Input.dispatchKeyEvent",
          "type",
          type,
          "key",
          key,
          "code",
          key,
          "windowsVirtualKeyCode",
          code);
    }
  }

  /** Chooses a file, as a user does in the window that opens. */
  public void choose(String selector, Path file) throws Exception {
    JsonValue root = call("DOM.getDocument").get("root");
    JsonValue node =
        call("DOM.querySelector", "nodeId", root.get("nodeId").asInt(), "selector", selector);
    call(
        "DOM.setFileInputFiles",
        "nodeId",
        node.get("nodeId").asInt(),
        "files",
        List.of(file.toString()));
  }

  /** Returns what screen readers tell of. */
  public List<Named> accessible() throws Exception {
    List<Named> found = new ArrayList<>();
    for (JsonValue node : call("Accessibility.getFullAXTree").get("nodes").items()) {
      if (!node.get("ignored").asBoolean() && node.has("role")) {
        String name = node.has("name") ? String.valueOf(node.get("name").get("value").value()) : "";
        found.add(new Named(node.get("role").get("value").asString(), name));
      }
    }
    return found;
  }

  /** Returns errors, warnings and whatever else was written to the console. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Returns the addresses that the page asked for. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Ends the browser, and waits until it writes no more. */
  @Override
  public void close() {
    try {
      call("Browser.close"); // after a signal it leaves links behind
    } catch (Exception e) {
      process.destroy();
    }
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    socket.abort();
    client.shutdownNow();
  }
}
