package io.github.deit4j.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A server on this machine that speaks HTTP/1.1 over TLS, each answer in a connection of its own
 * and written byte by byte by the test, so that it can lie.
 */
public final class TlsServer implements AutoCloseable {
  private static final String PASSWORD = "password";

  private final SSLServerSocket socket;
  private final Handler handler;
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /**
   * What a client asked for.
   *
   * @param headers by their names in lower case
   */
  public record Request(String path, Map<String, String> headers) {}

  /** Answers. */
  public interface Handler {
    /** Writes status line, headers and body; the connection closes after that. */
    void answer(Request request, OutputStream out) throws Exception;
  }

  private TlsServer(SSLServerSocket socket, Handler handler) {
    this.socket = socket;
    this.handler = handler;
  }

  /** Starts a server with a key that {@link #newKey} made. */
  public static TlsServer start(Path key, Handler handler) throws Exception {
    var socket =
        (SSLServerSocket)
            context(key)
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    TlsServer server = new TlsServer(socket, handler);
    Thread.ofPlatform().daemon().start(server::accept);
    return server;
  }

  /** Makes a key for localhost and its certificate, signed by itself. */
  public static Path newKey(Path folder) throws Exception {
    Path file = folder.resolve("key.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                "localhost",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), ISO_8859_1);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + said);
    }
    return file;
  }

  /** Returns a context that has the key, and trusts its certificate alone. */
  public static SSLContext context(Path key) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(key)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /** Returns the address of a path of this server. */
  public URI at(String path) {
    return URI.create("https://localhost:" + socket.getLocalPort() + path);
  }

  /** Returns what was asked for so far. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        Thread.ofPlatform().daemon().start(() -> serve(client));
      }
    } catch (IOException e) {
      if (!socket.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
        OutputStream out = client.getOutputStream()) {
      String path = in.readLine().split(" ", -1)[1];
      Map<String, String> headers = new HashMap<>();
      for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        String[] parts = line.split(": *", 2);
        headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
      }
      Request request = new Request(path, headers);
      requests.add(request);
      handler.answer(request, out);
      out.flush();
    } catch (Exception e) {
      // The client has gone, or does not trust the certificate: it tells the test.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
