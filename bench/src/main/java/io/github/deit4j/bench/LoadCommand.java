package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bench.LoadGenerator.Outcome;
import io.github.deit4j.bench.cases.ImagePipeline;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code deit bench load}. */
@Command(
    name = "load",
    description = {
      "Measures a server that deit serve has started on this machine: throughput, and how long"
          + " answers take. Clients take up processor time, too; they stay on the loopback."
    })
final class LoadCommand implements Callable<Integer> {
  private static final int DISTINCT = 16;
  private static final int HTTP_PORT = 80;
  private static final String TYPE = "Content-Type: application/octet-stream\r\n";

  private static final ResultTable<Outcome> TABLE =
      new ResultTable<>(
          "Load",
          "",
          List.of(
              Column.number("clients", Outcome::clients),
              Column.number("images/s", Outcome::perSecond),
              Column.number("p50 ms", each -> each.milliseconds(0.5)),
              Column.number("p99 ms", each -> each.milliseconds(0.99)),
              Column.number("answered", each -> each.latencies().length),
              Column.number("refused", Outcome::refused),
              Column.number("failed", Outcome::failed),
              Column.number("lost", Outcome::lost)));

  /** What is sent. */
  enum Body {
    /** A JPEG file of 500×375 pixels and about 110 KB. */
    PHOTO,
    /** A JPEG file of the model's size. */
    JPEG,
    /** A PNG file of the model's size. */
    PNG,
    /** Numbers, by the Open Inference Protocol and its binary extension. */
    TENSOR;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Reads what is sent. */
  static final class BodyConverter implements ITypeConverter<Body> {
    BodyConverter() {}

    @Override
    public Body convert(String id) {
      return Stream.of(Body.values())
          .filter(body -> body.id().equals(id))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException("expected photo, jpeg, png or tensor, found " + id));
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080/",
      description = "The server, on this machine (default: ${DEFAULT-VALUE}).")
  private URI url;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "model",
      description = "The model's name there (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--clients",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,8,64",
      description = "Clients at once, one number after the other (default: ${DEFAULT-VALUE}).")
  private List<Integer> clients;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "For how long it is counted (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "S",
      defaultValue = "5",
      description = "Seconds before that (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--body",
      paramLabel = "KIND",
      converter = BodyConverter.class,
      defaultValue = "jpeg",
      description =
          "What is sent: photo (JPEG, 500×375), jpeg, png (of the model's size) or tensor (default:"
              + " ${DEFAULT-VALUE}).")
  private Body body;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException, ExecutionException {
    check();
    List<Map<String, Object>> rows = new ArrayList<>();
    if (!json) {
      spec.commandLine().getOut().println(TABLE.head());
    }
    LoadGenerator generator = new LoadGenerator(address(), requests());
    for (int each : clients) {
      Outcome outcome =
          generator.run(each, Duration.ofSeconds(warmUp), Duration.ofSeconds(seconds));
      rows.add(document(outcome));
      if (!json) {
        spec.commandLine().getOut().println(TABLE.line(outcome));
        spec.commandLine().getOut().flush();
      }
    }
    if (json) {
      spec.commandLine().getOut().print(JsonWriter.pretty(rows));
    }
    return ExitCode.OK;
  }

  private void check() throws IOException {
    boolean here =
        "http".equals(url.getScheme())
            && url.getHost() != null
            && InetAddress.getByName(url.getHost()).isLoopbackAddress();
    require(here, "--url: expected http and an address of the loopback, found " + url);
    for (int each : clients) {
      require(each >= 1, "--clients: expected 1 or more, found " + each);
    }
    require(seconds >= 1, "--seconds: expected 1 or more, found " + seconds);
    require(warmUp >= 0, "--warm-up: expected 0 or more, found " + warmUp);
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(url.getHost(), url.getPort() < 0 ? HTTP_PORT : url.getPort());
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private Map<String, Object> document(Outcome outcome) {
    return JsonWriter.object(
        "body", body.id(),
        "clients", outcome.clients(),
        "seconds", outcome.seconds(),
        "images_per_second", Measurement.rounded(outcome.perSecond()),
        "p50_ms", finite(outcome.milliseconds(0.5)),
        "p99_ms", finite(outcome.milliseconds(0.99)),
        "answered", outcome.latencies().length,
        "refused", outcome.refused(),
        "failed", outcome.failed(),
        "lost", outcome.lost());
  }

  private static Object finite(double number) {
    return Double.isFinite(number) ? Measurement.rounded(number) : null;
  }

  private List<byte[]> requests() throws IOException, InterruptedException {
    int[] shape = shape();
    Image photo = ImageDecoder.decode("photo", ImagePipeline.jpeg());
    List<byte[]> requests = new ArrayList<>();
    for (int i = 0; i < DISTINCT; i++) {
      requests.add(request(shape, i, photo));
    }
    return requests;
  }

  /** Asks the server for the sizes of an image: channels, rows, columns. */
  private int[] shape() throws IOException, InterruptedException {
    URI about = url.resolve("/v2/models/" + name);
    HttpResponse<byte[]> response;
    try (HttpClient http = HttpClient.newHttpClient()) {
      response = http.send(HttpRequest.newBuilder(about).build(), BodyHandlers.ofByteArray());
    }
    JsonValue document = Json.read(about.toString(), response.body());
    require(response.statusCode() == 200, about + ": " + document.value());
    int[] shape = document.get("inputs").items().getFirst().get("shape").asInts();
    return new int[] {shape[1], shape[2], shape[3]};
  }

  private byte[] request(int[] shape, int number, Image photo) throws IOException {
    return switch (body) {
      case PHOTO -> classify(ImagePipeline.jpeg());
      case JPEG -> classify(file("jpg", shape[1], number, photo));
      case PNG -> classify(file("png", shape[1], number, photo));
      case TENSOR -> infer(shape, number);
    };
  }

  private static byte[] classify(byte[] file) {
    return LoadConnection.post("/classify", TYPE, file);
  }

  /** Returns a square out of the photo, another one for each number. */
  private static byte[] file(String format, int size, int number, Image photo) throws IOException {
    BufferedImage picture = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int at = (y + number) % photo.height() * photo.width() + (x + 8 * number) % photo.width();
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          rgb = rgb << 8 | Byte.toUnsignedInt(photo.pixels()[channel * photo.planeSize() + at]);
        }
        picture.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(picture, format, out);
    return out.toByteArray();
  }

  private byte[] infer(int[] shape, int number) {
    int elements = shape[0] * shape[1] * shape[2];
    Object input =
        JsonWriter.object(
            "name",
            "images",
            "datatype",
            "FP32",
            "shape",
            List.of(1, shape[0], shape[1], shape[2]),
            "parameters",
            JsonWriter.object("binary_data_size", elements * Float.BYTES));
    Object parameters = JsonWriter.object("binary_data_output", true);
    byte[] header =
        JsonWriter.compact(JsonWriter.object("inputs", List.of(input), "parameters", parameters))
            .getBytes(UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(header.length + elements * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(header);
    for (int i = 0; i < elements; i++) {
      all.putFloat((i * 31 + number * 17) % 101 / 50f - 1);
    }
    String headers = TYPE + "Inference-Header-Content-Length: " + header.length + "\r\n";
    return LoadConnection.post("/v2/models/" + name + "/infer", headers, all.array());
  }
}
