package io.github.deit4j.http;

import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Answers requests by its routes, which are all there before it is started. */
public final class HttpServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

  /** How much longer than a request's own time its answer may take to go out, and a stop takes. */
  private static final int GRACE = 2;

  private final Server server;
  private final ServerConnector connector;
  private final SlowConnections connections;
  private final String host;
  private final Routes routes;

  /**
   * Where a server listens, and for how long and for how many it has patience.
   *
   * @param host address to listen at
   * @param port 0 for any that is free
   * @param maxConnections how many are open at most; more have to wait
   * @param timeout for a request, from its header to its answer
   * @param idleTimeout for how long a connection may be without a request
   */
  public record Setup(
      String host, int port, int maxConnections, Duration timeout, Duration idleTimeout) {
    private static final int LARGEST_PORT = 65_535;

    /** Checks all but the host. */
    public Setup {
      requirePort("port", port);
      requirePositive("timeout", timeout);
      requirePositive("idleTimeout", idleTimeout);
    }

    /**
     * Returns a port.
     *
     * @param what its name in the error
     * @throws IllegalArgumentException if there is none of that number
     */
    public static int requirePort(String what, int port) {
      if (port < 0 || port > LARGEST_PORT) {
        throw new IllegalArgumentException(what + ": expected 0 to 65535, found " + port);
      }
      return port;
    }

    /**
     * Returns a time.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static Duration requirePositive(String what, Duration time) {
      if (!time.isPositive()) {
        throw new IllegalArgumentException(what + ": expected more than 0, found " + time);
      }
      return time;
    }
  }

  /** Makes a server that has no routes and is not started. */
  public HttpServer(Setup setup) {
    host = setup.host();
    server = new Server(threads());
    server.setStopTimeout(setup.timeout().multipliedBy(GRACE).toMillis());
    server.setErrorHandler(new JsonErrors());
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration()));
    connector.setHost(host);
    connector.setPort(setup.port());
    connector.setIdleTimeout(setup.idleTimeout().toMillis());
    connector.setAcceptQueueSize(setup.maxConnections());
    server.addConnector(connector);
    var limit = new NetworkConnectionLimit(setup.maxConnections(), connector);
    limit.setEndPointIdleTimeout(setup.idleTimeout().toMillis() / GRACE);
    server.addBean(limit);
    connections =
        new SlowConnections(
            server.getScheduler(), setup.idleTimeout(), setup.timeout().multipliedBy(GRACE));
    connector.addBean(connections);
    routes = new Routes(setup.timeout(), connections);
    server.setHandler(new GracefulHandler(routes));
  }

  private static QueuedThreadPool threads() {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setName("deit4j-http");
    threads.setDaemon(true);
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("deit4j-request-", 0).factory()));
    return threads;
  }

  private static HttpConfiguration configuration() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    return configuration;
  }

  /** Returns what is answered; nothing is added once the server is started. */
  public Routes routes() {
    return routes;
  }

  /** Returns how many connections are open. */
  public int connections() {
    return connections.open();
  }

  /**
   * Begins to listen.
   *
   * @throws CannotListenException if the port is taken or the address is not this machine's; the
   *     server is closed then
   */
  public void start() throws CannotListenException {
    try {
      server.start();
    } catch (Exception e) {
      close();
      throw new CannotListenException(connector.getPort(), host, reason(e), e);
    }
  }

  private static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException || cause instanceof SocketException) {
        return cause.getMessage();
      }
      if (cause instanceof UnresolvedAddressException) {
        return "no such address";
      }
    }
    return failure.toString();
  }

  /** Returns the port, also where any free one was asked for. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Returns the address of the page at {@code /}, for a browser on this machine. */
  public String address() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "http://" + name + ":" + port() + "/";
  }

  /**
   * Takes no more requests, answers those that it has, and ends. One whose client does not send the
   * rest of it is given up after twice the time that a request has.
   */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      LOG.log(Level.WARNING, "some requests were given up at the stop: {0}", e.toString());
    }
  }
}
