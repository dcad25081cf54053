package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;

/**
 * A client's connection by HTTP/1.1, kept open from request to request. Plain, since what clients
 * take of the processors is missing to the server that is measured on them.
 */
final class LoadConnection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 120_000;
  private static final String LENGTH = "content-length:";

  private final InetSocketAddress address;
  private Socket socket;
  private InputStream in;

  LoadConnection(InetSocketAddress address) {
    this.address = address;
  }

  /**
   * Makes a request.
   *
   * @param headers lines, each with its end
   */
  static byte[] post(String path, String headers, byte[] body) {
    String head =
        "POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(path, headers, body.length);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(ISO_8859_1));
    request.writeBytes(body);
    return request.toByteArray();
  }

  /**
   * Sends a request and reads the whole answer.
   *
   * @return its status
   * @throws java.net.ConnectException if the server takes no connection
   * @throws IOException if the connection ends without an answer
   */
  int send(byte[] request) throws IOException {
    try {
      connect();
      socket.getOutputStream().write(request);
      return readAnswer();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void connect() throws IOException {
    if (socket == null) {
      socket = new Socket();
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(address);
      in = new BufferedInputStream(socket.getInputStream());
    }
  }

  private int readAnswer() throws IOException {
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    long length = 0;
    boolean last = false;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith(LENGTH)) {
        length = Long.parseLong(lower.substring(LENGTH.length()).strip());
      }
      last |= lower.equals("connection: close");
    }
    in.skipNBytes(length);
    if (last) {
      close();
    }
    return status;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("expected an answer, found the end of the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
