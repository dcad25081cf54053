package io.github.deit4j.modelfile;

import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Weights that others publish, by the names that people know: the authors' ({@code
 * deit_tiny_patch16_224}), whose files lie at {@code dl.fbaipublicfiles.com/deit}, and timm's
 * ({@code timm/deit_tiny_patch16_224.fb_in1k}, with or without the tag), whose files lie at Hugging
 * Face. Where no digest of timm's file is known, timm's name means the authors' file, from which
 * timm made its own.
 *
 * <p>A file that has been fetched lies in a cache, {@link #cacheFolder}, and serves where a weight
 * file does. Nothing here opens a connection.
 *
 * @param name the shortest one
 * @param file its name in the cache
 * @param address where it is published
 * @param sha256 SHA-256 in hexadecimal digits: all 64; or the first 8, where its publisher tells no
 *     more than these, in the file's name; or none at all, and then it is never fetched
 * @param bytes its size
 * @param exact whether that is the size to the byte, or only that of the parameters in it
 */
public record PublishedWeights(
    String name, String file, String address, String sha256, long bytes, boolean exact) {
  private static final String TIMM = "timm/";
  private static final String TIMM_TAG = ".fb_in1k";
  private static final int AUTHORS_DIGITS = 8;
  private static final int ALL_DIGITS = 64;
  private static final String AUTHORS = "https://dl.fbaipublicfiles.com/deit/";

  /** What a file may hold beside its parameters: names, shapes, running statistics. */
  private static final int REST = 16;

  private static final Map<String, PublishedWeights> BY_NAME = new LinkedHashMap<>();

  /** For a size that nobody tells. */
  private static final long UNKNOWN = 0;

  // The authors tell the first 8 digits of their files, timm's repositories none in their
  // addresses.
  // The other digits and the sizes are what people publish who have the files: each digest of a
  // file
  // of the authors begins with the authors' digits, and each size of timm's is that of the
  // parameters
  // and of a header of 14 kB.
  static {
    authors(
        "deit_tiny_patch16_224",
        "a1311bcf4f24e3c95adaa75535db67bc4412d95535b98f7c1dfd1164dda41c97",
        22_917_895);
    authors(
        "deit_small_patch16_224",
        "cd65a15597004d0ce19d7a9daef969903972db5b398e3a5febcd3c4df1d8f59f",
        UNKNOWN);
    authors(
        "deit_base_patch16_224",
        "b5f2ef4d686982dcdab24fe285fd08fff40db01550d8d4833167a73dd85ca7a8",
        UNKNOWN);
    authors(
        "deit_tiny_distilled_patch16_224",
        "b40b3cf7d94a9cf8c7902e696de6aada1203d6eef58fe70c231f443426f845b3",
        UNKNOWN);
    authors(
        "deit_small_distilled_patch16_224",
        "649709d94f9fd790ea86c16f99d788e709b86a1f64315a19d887895f9948fb09",
        89_795_170);
    authors("deit_base_distilled_patch16_224", "df68dfff", UNKNOWN);
    authors("deit_base_patch16_384", "8de9b5d1", UNKNOWN);
    authors("deit_base_distilled_patch16_384", "d0272ac0", UNKNOWN);
    authors("regnety_160", "a5fe301d", UNKNOWN);
    timm(
        "deit_tiny_patch16_224",
        "80e968688553f219e4a86f940ed945a23709c16f",
        "21d4764d94f6c3ffdb6da3581115a0a1ee2d505537d96883b540e54766407c9e",
        22_883_348);
    timm(
        "deit_small_patch16_224",
        "91327a9c99f98fe6b524cd4d397b7226b80e1365",
        "1e747b4a8d0df2cfbd3c450e8c97685d867448ab0c2ddbfb34b6885f5cb23e5b",
        88_216_496);
    timm(
        "deit_base_patch16_224",
        "b78cc5532a69df6bcad9c3a8d76653fd20b31ac6",
        "cd2da27b74ed7f68b599f16c77af3e1e80f01c75f9ad96029d22ce747a247e8e",
        346_284_714);
    timm(
        "deit_base_distilled_patch16_224",
        "main",
        "ccc9d1bbeede1fc8609a7a7482773a35057e9f38035b9b804bced9126c5a70dc",
        349_367_122);
    timm(
        "deit_base_distilled_patch16_384",
        "main",
        "f739dfae2bf3fdd4ef415fdb015966c515b9adca7de703a08365fb349fea82ca",
        350_534_482);
    for (String size : List.of("small_224", "medium_224", "base_224", "large_224")) {
      deit3(size, 16);
    }
    for (String size : List.of("small_384", "base_384", "large_384")) {
      deit3(size, 16);
    }
    deit3("huge_224", 14);
  }

  private static void authors(String model, String sha256, long size) {
    String file = "%s-%s.pth".formatted(model, sha256.substring(0, AUTHORS_DIGITS));
    boolean exact = size != UNKNOWN;
    long bytes = exact ? size : parameters(model);
    add(new PublishedWeights(model, file, AUTHORS + file, sha256, bytes, exact));
  }

  private static void timm(String model, String revision, String sha256, long size) {
    String tagged = model + TIMM_TAG;
    String address =
        "https://huggingface.co/timm/%s/resolve/%s/model.safetensors".formatted(tagged, revision);
    String file = tagged + ".safetensors";
    add(new PublishedWeights(TIMM + model, file, address, sha256, size, true));
  }

  /** The authors tell no digest of DeiT III's files. */
  private static void deit3(String size, int patch) {
    String model = "deit3_" + size.replace("_", "_patch" + patch + "_");
    String file = "deit_3_%s_1k.pth".formatted(size);
    add(new PublishedWeights(model, file, AUTHORS + file, "", parameters(model), false));
  }

  private static long parameters(String model) {
    return Float.BYTES * ModelFamilies.config(model).parameterCount();
  }

  private static void add(PublishedWeights weights) {
    BY_NAME.put(weights.name, weights);
  }

  /** Returns all of them; the authors' first. */
  public static List<PublishedWeights> all() {
    return List.copyOf(BY_NAME.values());
  }

  /** Returns the weights of a name; empty if none are known by it. */
  public static Optional<PublishedWeights> named(String name) {
    String untagged =
        name.startsWith(TIMM) && name.endsWith(TIMM_TAG)
            ? name.substring(0, name.length() - TIMM_TAG.length())
            : name;
    PublishedWeights found = BY_NAME.get(untagged);
    if (found == null && untagged.startsWith(TIMM)) {
      found = BY_NAME.get(untagged.substring(TIMM.length()).replaceFirst("\\.deit_in1k$", ""));
    }
    return Optional.ofNullable(found);
  }

  /** Returns the weights that somebody means who writes a path at which nothing is. */
  public static Optional<PublishedWeights> meant(Path path) {
    return Files.exists(path) ? Optional.empty() : named(path.toString().replace('\\', '/'));
  }

  /**
   * Returns the folder of fetched weights: {@code deit4j/weights} in {@code $XDG_CACHE_HOME}, or
   * else in {@code ~/.cache}.
   */
  public static Path cacheFolder(Map<String, String> environment) {
    Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
    Path xdg = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    // Relative ones do not count, says the XDG Base Directory Specification.
    return (xdg.isAbsolute() ? xdg : home.resolve(".cache")).resolve("deit4j").resolve("weights");
  }

  /** Returns where the file is in the cache, or will be. */
  public Path path(Map<String, String> environment) {
    return cacheFolder(environment).resolve(file);
  }

  /** Returns how many bytes a file that claims to be this one may have at most. */
  public long limit() {
    return exact ? bytes : bytes + bytes / REST;
  }

  /** Returns whether a file can be told to be this one. */
  public boolean isVerifiable() {
    return !sha256.isEmpty();
  }

  /** Returns whether a digest is the file's. */
  public boolean hasDigest(String found) {
    return isVerifiable() && found.startsWith(sha256);
  }

  /**
   * Returns the file in the cache.
   *
   * @throws FormatException if it is not there, or is another; the message tells what to fetch from
   *     where
   */
  public Path cached(Map<String, String> environment) throws IOException {
    Path path = path(environment);
    if (!isVerifiable()) {
      throw new FormatException(
          Path.of(name),
          "a file, for its publisher tells no checksum of these weights, without which deit4j"
              + " fetches nothing",
          "their name; fetch %s yourself (about %s), and give that file"
              .formatted(address, size()));
    }
    if (!Files.exists(path)) {
      throw new FormatException(
          Path.of(name),
          "these weights in the cache",
          "no %s; add --download to fetch %s (%s), or do so by hand: %s"
              .formatted(path, address, identity(), byHand(path)));
    }
    String found = Sha256.of(path);
    if (!hasDigest(found)) {
      throw new FormatException(
          path,
          "the file of %s (%s)".formatted(name, identity()),
          "SHA-256 %s; delete it, then add --download, or fetch it by hand: %s"
              .formatted(found, byHand(path)));
    }
    return path;
  }

  private String identity() {
    return "%s, SHA-256 %s".formatted(size(), sha256.length() < ALL_DIGITS ? sha256 + "…" : sha256);
  }

  private String size() {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  private String byHand(Path path) {
    return "curl --fail --location --create-dirs --output '%s' %s".formatted(path, address);
  }
}
