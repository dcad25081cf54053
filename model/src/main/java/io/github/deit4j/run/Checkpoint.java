package io.github.deit4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.input.InputFiles;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A checkpoint whose files have passed their checks. Its file {@code state.json} names every other
 * file with its size and SHA-256, and carries a digest of itself, so that any damage shows:
 *
 * <pre>{@code
 * {"format": 1, "step": 12, "best": true,
 *  "files": {"model.safetensors": {"bytes": 1234, "sha256": "…"}},
 *  "identity": {"training-data": "…", …},
 *  "state": {…},
 *  "sha256": "… of all the above, as compact JSON"}
 * }</pre>
 *
 * @param step optimizer steps done
 * @param folder the folder with its files
 * @param best whether it was the best so far when it was saved
 * @param inputs the run's identity, as the file has it; empty in one of an earlier version
 * @param state what was saved beside the files
 */
public record Checkpoint(
    long step, Path folder, boolean best, Map<String, String> inputs, JsonValue state) {
  static final String STATE = "state.json";

  private static final String IDENTITY = "identity";
  private static final int FORMAT = 1;

  /** Returns the path of one of its files, such as {@code model.safetensors}. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /** Returns the text of {@code state.json} for files that lie in a folder already. */
  static String write(
      Path folder,
      Iterable<String> files,
      long step,
      boolean best,
      Identity identity,
      Map<String, Object> state)
      throws IOException {
    Map<String, Object> digests = new LinkedHashMap<>();
    for (String file : files) {
      Path path = folder.resolve(file);
      digests.put(file, JsonWriter.object("bytes", Files.size(path), "sha256", Sha256.of(path)));
    }
    Map<String, Object> tree =
        JsonWriter.object(
            "format",
            FORMAT,
            "step",
            step,
            "best",
            best,
            "files",
            digests,
            IDENTITY,
            new TreeMap<>(identity.values()),
            "state",
            state);
    tree.put("sha256", sha256(tree));
    return JsonWriter.pretty(tree);
  }

  /**
   * Reads a checkpoint without looking at its other files.
   *
   * @throws IOException if {@code state.json} is missing or damaged
   */
  static Checkpoint read(Path folder) throws IOException {
    return checkpoint(folder, readChecked(folder));
  }

  /**
   * Reads a checkpoint and checks every file's size and content.
   *
   * @throws IOException if a file is missing or damaged
   */
  static Checkpoint readAndCheckFiles(Path folder) throws IOException {
    JsonValue json = readChecked(folder);
    JsonValue files = json.get("files");
    for (String name : files.keys()) {
      Path state = folder.resolve(STATE);
      checkFile(
          InputFiles.inFolder(folder, name, problem -> new FormatException(state, problem)),
          files.get(name));
    }
    return checkpoint(folder, json);
  }

  private static Checkpoint checkpoint(Path folder, JsonValue json) throws IOException {
    return new Checkpoint(
        json.get("step").asLong(),
        folder,
        json.get("best").asBoolean(),
        json.has(IDENTITY) ? Identity.of(json.get(IDENTITY)).values() : Map.of(),
        json.get("state"));
  }

  /** Returns what the run's weights come from; empty in a checkpoint of an earlier version. */
  Optional<Identity> identity() {
    return inputs.isEmpty() ? Optional.empty() : Optional.of(new Identity(inputs));
  }

  private static JsonValue readChecked(Path folder) throws IOException {
    Path file = folder.resolve(STATE);
    JsonValue json = Json.read(file);
    int format = json.get("format").asInt();
    if (format != FORMAT) {
      throw new FormatException(file, "format " + FORMAT, format + ", of another deit4j");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String key : json.keys()) {
      tree.put(key, json.get(key).value());
    }
    tree.remove("sha256");
    compare(file, json.get("sha256").asString(), sha256(tree));
    return json;
  }

  private static void checkFile(Path file, JsonValue digest) throws IOException {
    long expected = digest.get("bytes").asLong();
    long found = Files.size(file);
    if (found != expected) {
      throw new FormatException(file, expected + " bytes", Long.toString(found));
    }
    compare(file, digest.get("sha256").asString(), Sha256.of(file));
  }

  private static void compare(Path file, String expected, String found) throws FormatException {
    if (!expected.equals(found)) {
      throw new FormatException(file, "content of SHA-256 " + expected, found);
    }
  }

  private static String sha256(Map<String, Object> tree) {
    return Sha256.of(JsonWriter.compact(tree).getBytes(UTF_8));
  }
}
