package io.github.deit4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A checkpoint by its {@code state.json} is sound, or what is wrong is named. */
class CheckpointFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    Files.writeString(folder().resolve("model.safetensors"), "model");
    Files.createSymbolicLink(folder().resolve("link"), Path.of("/dev/zero"));
    String written =
        Checkpoint.write(
            folder(),
            List.of("model.safetensors"),
            12,
            true,
            new Identity(Map.of("training-data", "cafe")),
            JsonWriter.object("epoch", 3, "rate", 0.25, "bad", List.of("a", "b")));
    return List.of(
        written.getBytes(UTF_8),
        written.replace("model.safetensors", "/dev/zero").getBytes(UTF_8),
        written.replace("model.safetensors", "link").getBytes(UTF_8),
        written.replace("model.safetensors", "../..").getBytes(UTF_8),
        "{}".getBytes(UTF_8));
  }

  /** Makes the digest right, so that the files are looked at. */
  @Override
  protected byte[] repaired(byte[] content) {
    try {
      JsonValue state = Json.read("state", content);
      Map<String, Object> tree = new LinkedHashMap<>();
      for (String key : state.keys()) {
        tree.put(key, state.get(key).value());
      }
      tree.remove("sha256");
      tree.put("sha256", Sha256.of(JsonWriter.compact(tree).getBytes(UTF_8)));
      return JsonWriter.compact(tree).getBytes(UTF_8);
    } catch (JsonException | IllegalArgumentException e) {
      return content;
    }
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Files.write(folder().resolve(Checkpoint.STATE), content);
    try {
      assertThat(Checkpoint.readAndCheckFiles(folder()).folder()).isEqualTo(folder());
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageStartingWith(folder().toString());
      return false;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
