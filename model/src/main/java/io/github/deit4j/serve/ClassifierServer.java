package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.http.CannotListenException;
import io.github.deit4j.http.HttpServer;
import io.github.deit4j.http.Reply;
import io.github.deit4j.http.Routes;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.QueueFullException;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.tensor.ArenaLimitException;
import io.github.deit4j.tensor.ShapeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Serves a classifier by HTTP/1.1: the Open Inference Protocol, {@code POST /classify}, a page at
 * {@code /}, {@code /metrics}. A program that embeds it needs {@code
 * org.eclipse.jetty:jetty-server}, which is optional in this module's POM.
 *
 * <pre>{@code
 * try (Backend backend = Backends.select("auto", 0).backend();
 *     Classifier classifier = Classifier.load(Path.of("model.safetensors"), backend);
 *     ClassifierServer server = ClassifierServer.builder(classifier).port(8080).start()) {
 *   …
 * }
 * }</pre>
 *
 * <p>There is no encryption and nobody has to say who they are: what more than this machine is to
 * reach belongs behind a proxy that sees to both.
 */
public final class ClassifierServer implements AutoCloseable {
  private final BatchingClassifier batching;
  private final Bodies bodies;
  private final Turns turns;
  private final ClassifyEndpoint classify;
  private final HttpServer server;
  private volatile boolean ready;

  private ClassifierServer(Builder builder) throws ServeException {
    server =
        new HttpServer(
            new HttpServer.Setup(
                builder.host,
                builder.port,
                builder.maxConnections,
                builder.timeout,
                builder.idleTimeout));
    Metrics metrics = new Metrics();
    batching = builder.batching.onBatch(images -> count(metrics, images)).start();
    bodies = new Bodies(builder.budget);
    turns = new Turns(Runtime.getRuntime().availableProcessors(), builder.queue);
    classify = new ClassifyEndpoint(builder.name, batching, builder.budget, bodies, turns);
    addRoutes(server.routes(), builder, metrics);
    try {
      server.start();
    } catch (CannotListenException e) {
      batching.close();
      throw new ServeException(e);
    }
    warmUp();
    ready = true;
  }

  private void count(Metrics metrics, int images) {
    if (ready) {
      metrics.batch(images);
    }
  }

  private void warmUp() {
    try {
      classify.warmUp();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void addRoutes(Routes routes, Builder builder, Metrics metrics) {
    var model = new TensorProtocol(builder.name, batching.classifier().info());
    metrics.gauge("deit4j_connections", server::connections);
    metrics.gauge("deit4j_body_bytes", bodies::held);
    metrics.gauge("deit4j_decoding_requests", turns::taken);
    metrics.gauge("deit4j_waiting_images", batching::waiting);
    routes.onAnswer(metrics::answered);
    routes.onFailure(ClassifierServer::answer);
    Page.addTo(routes, model);
    routes.get("/metrics", _ -> Reply.of(Metrics.TYPE, metrics.text().getBytes(UTF_8)));
    addProtocol(routes, model);
    String ofModel = "/v2/models/" + builder.name;
    routes.post(
        ofModel + "/infer", new InferEndpoint(model, batching, bodies, turns, builder.queue));
    routes.post("/classify", classify);
  }

  /** Returns the answer to what classifying a request may throw; empty for a defect. */
  private static Optional<Reply> answer(Throwable failure) {
    return Optional.ofNullable(
        switch (failure) {
          case CorruptImageException e -> Reply.error(Reply.BAD_REQUEST, e.getMessage());
          case JsonException e -> Reply.error(Reply.BAD_REQUEST, e.getMessage());
          case ShapeException e -> Reply.error(Reply.BAD_REQUEST, e.getMessage());
          case QueueFullException e -> Reply.error(Reply.UNAVAILABLE, e.getMessage());
          case ArenaLimitException e -> Routes.outOfMemory(e);
          default -> null;
        });
  }

  private void addProtocol(Routes routes, TensorProtocol model) {
    routes.get("/v2/health/live", _ -> Reply.json(JsonWriter.object("live", true)));
    routes.get("/v2/health/ready", _ -> readiness(JsonWriter.object("ready", ready)));
    routes.get(
        "/v2",
        _ ->
            Reply.json(
                JsonWriter.object(
                    "name",
                    "deit4j",
                    "version",
                    Resources.version(),
                    "extensions",
                    List.of("binary_tensor_data"))));
    String ofModel = "/v2/models/" + model.name();
    routes.get(ofModel, _ -> Reply.json(model.metadata()));
    routes.get(
        ofModel + "/ready",
        _ -> readiness(JsonWriter.object("name", model.name(), "ready", ready)));
  }

  private Reply readiness(Object document) {
    return Reply.json(ready ? Reply.OK : Reply.UNAVAILABLE, document);
  }

  /**
   * Begins to describe a server.
   *
   * @param classifier stays the caller's to close, after the server
   */
  public static Builder builder(Classifier classifier) {
    return new Builder(classifier);
  }

  /** Returns the port, also where any free one was asked for. */
  public int port() {
    return server.port();
  }

  /** Returns the address of the page, for a browser on this machine. */
  public String address() {
    return server.address();
  }

  /**
   * Takes no more requests, answers those that it has, and ends. One whose client does not send the
   * rest of it is given up after twice the time that a request has.
   */
  @Override
  public void close() {
    ready = false;
    server.close();
    batching.close();
  }

  /** What a {@link ClassifierServer} is to be like. */
  public static final class Builder {
    private final BatchingClassifier.Builder batching;
    private String name = "model";
    private String host = "127.0.0.1";
    private int port;
    private int queue = 128;
    private int maxConnections = 4096;
    private InputBudget budget = InputBudget.SERVED;
    private Duration timeout = Duration.ofSeconds(30);
    private Duration idleTimeout = Duration.ofSeconds(20);

    private Builder(Classifier classifier) {
      batching = BatchingClassifier.builder(classifier);
    }

    /** Sets the model's name in the Open Inference Protocol; {@code model} by default. */
    public Builder name(String model) {
      if (!model.matches("[A-Za-z0-9._-]+") || model.matches("\\.+")) {
        throw new IllegalArgumentException(
            "name: expected letters, digits, '.', '_' and '-', found " + model);
      }
      name = model;
      return this;
    }

    /** Sets the address to listen at; that of the loopback by default. */
    public Builder host(String address) {
      host = address;
      return this;
    }

    /** Sets the port; 0, any that is free, by default. */
    public Builder port(int number) {
      port = HttpServer.Setup.requirePort("port", number);
      return this;
    }

    /** Sets how many images are classified together at most; 8 by default. */
    public Builder maxBatch(int images) {
      batching.maxBatch(images);
      return this;
    }

    /** Sets how long an image waits for others to come; 2 milliseconds by default. */
    public Builder maxWait(Duration wait) {
      batching.maxWait(wait);
      return this;
    }

    /**
     * Sets how many images may wait to be classified, and how many requests to be decoded; 128 by
     * default. What goes beyond is answered with 503 at once.
     */
    public Builder queue(int images) {
      batching.queue(images);
      queue = images;
      return this;
    }

    /** Sets how many connections are open at most; more have to wait. 4096 by default. */
    public Builder maxConnections(int connections) {
      maxConnections = connections;
      return this;
    }

    /**
     * Sets what bodies and images may ask for; {@link InputBudget#SERVED} by default. Of importance
     * are {@link Limit#REQUEST_BYTES}, {@link Limit#ALL_REQUESTS_BYTES} and {@link
     * Limit#IMAGE_PIXELS}.
     */
    public Builder budget(InputBudget limits) {
      budget = limits;
      return this;
    }

    /** Sets the time for a request, from its header to its answer; 30 seconds by default. */
    public Builder timeout(Duration time) {
      timeout = HttpServer.Setup.requirePositive("timeout", time);
      return this;
    }

    /** Sets for how long a connection may be without a request; 20 seconds by default. */
    public Builder idleTimeout(Duration time) {
      idleTimeout = HttpServer.Setup.requirePositive("idleTimeout", time);
      return this;
    }

    /**
     * Starts the server. It listens and says that it lives, but not that it is ready, while it
     * classifies blank pictures for about two seconds.
     *
     * @throws ServeException if the port is taken or the address is not this machine's
     */
    public ClassifierServer start() throws ServeException {
      return new ClassifierServer(this);
    }
  }
}
