package io.github.deit4j.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Talks to a server on the loopback: properly, or byte by byte. */
public final class HttpTalk implements AutoCloseable {
  private static final int SOCKET_TIMEOUT_MS = 30_000;

  /** Held, so that it keeps its level: Jetty tells of every start and stop. */
  private static final Logger JETTY_LOG = Logger.getLogger("org.eclipse.jetty");

  static {
    JETTY_LOG.setLevel(Level.WARNING);
  }

  private final HttpClient client = HttpClient.newHttpClient();
  private final String root;
  private final int port;

  /** Will talk to who listens at a port of the loopback. */
  public HttpTalk(int port) {
    root = "http://127.0.0.1:" + port;
    this.port = port;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(root + path)).timeout(Duration.ofSeconds(60));
  }

  /** Reads a path. */
  public HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  /** Sends a body by any method, with headers as names and values. */
  public HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).method(method, BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** Sends a body. */
  public HttpResponse<byte[]> post(String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return send("POST", path, body, headers);
  }

  /** Returns a body as text. */
  public static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  /** Returns a body as JSON. */
  public static JsonValue json(HttpResponse<byte[]> response) throws IOException {
    return Json.read("answer", response.body());
  }

  /** Returns the message of an error. */
  public static String error(HttpResponse<byte[]> response) throws IOException {
    return json(response).get("error").asString();
  }

  /** Opens a connection. */
  public Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(SOCKET_TIMEOUT_MS);
    return socket;
  }

  /** Sends some bytes. */
  public static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** Returns everything up to the end of the connection, however that ends. */
  public static String readAll(Socket socket) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        all.write(buffer, 0, read);
      }
    } catch (SocketTimeoutException e) {
      throw new IOException("the connection is stuck; so far: " + all.toString(ISO_8859_1), e);
    } catch (SocketException e) {
      // Reset: an end, too.
    }
    return all.toString(ISO_8859_1);
  }

  /** Sends bytes on a connection of their own and returns everything that comes back. */
  public String raw(String text) throws IOException {
    try (Socket socket = connect()) {
      write(socket, text);
      return readAll(socket);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
