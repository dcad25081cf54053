package io.github.deit4j.cli;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.ImageFileFormat;
import io.github.deit4j.data.set.ImageFiles;
import io.github.deit4j.data.set.PackWriter;
import io.github.deit4j.data.set.PackedImages;
import io.github.deit4j.data.set.PackedPixels;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code deit pack}. */
@Command(
    name = "pack",
    description = {
      "Puts a folder of images into one file per split, which train and evaluate read faster:"
          + " train.pack and val.pack, or images.pack of a folder without splits.",
      "The images stay as they are, or, with --resize, become pixels of one size, which need no"
          + " decoding. Packs that are already there are kept, so an interrupted command can be"
          + " repeated."
    })
final class PackCommand extends Subcommand.WithJson {
  /** Reads a filter's name. */
  private static final class FilterConverter implements ITypeConverter<Interpolation> {
    @Override
    public Interpolation convert(String value) {
      return Stream.of(Interpolation.values())
          .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected bilinear or bicubic, found \"%s\"".formatted(value)));
    }
  }

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description =
          "Folder with one folder of images per class, below train and val or directly; or with"
              + " images.csv or iNaturalist's files.")
  private Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder that receives the packs; then the --data of train and evaluate.")
  private Path out;

  @Option(
      names = "--resize",
      paramLabel = "SIDE",
      description =
          "Decode the images and resize their shorter sides to SIDE pixels. Where a recipe wants no"
              + " more than squares of that, at random places or in the middle, mirrored or not"
              + " (train-crop: random or center, image-size / crop-ratio = SIDE, no auto-augment or"
              + " color-jitter), training copies bytes to the backend, which cuts and mirrors them."
              + " An image of 256 x 341 pixels takes 262 KB.")
  private Integer side;

  @Option(
      names = "--interpolation",
      paramLabel = "FILTER",
      defaultValue = "bicubic",
      converter = FilterConverter.class,
      description =
          "Filter of --resize: bilinear, bicubic (default: ${DEFAULT-VALUE}); the recipe's"
              + " train-interpolation for the same result as from the files.")
  private Interpolation interpolation;

  @Option(
      names = "--exif-orientation",
      description = "With --resize: turn pictures upright first, for recipes that say so.")
  private boolean upright;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of --resize, 0 for all processors (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Override
  public Integer call() throws IOException {
    PackedPixels pixels = pixels();
    ImageFileFormat format = Datasets.detectImageFiles(data);
    Map<String, ImageFiles> splits = new TreeMap<>();
    for (String split : format.splitsOrWhole(data)) {
      splits.put(split, format.files(data, split, Decoding.STANDARD.withExifOrientation(upright)));
    }
    AtomicFiles.createFolder(out);
    List<Object> packs = new ArrayList<>();
    for (Map.Entry<String, ImageFiles> split : splits.entrySet()) {
      packs.add(pack(ImageFileFormat.pack(out, split.getKey()), split.getValue(), pixels));
    }
    print(Map.of("packs", packs), () -> {});
    return ExitCode.OK;
  }

  private PackedPixels pixels() {
    requireAtLeast("--threads", 0, threads);
    if (side == null) {
      if (upright) {
        throw new UsageException("--exif-orientation: expected --resize with it, found none");
      }
      return null;
    }
    try {
      return new PackedPixels(side, interpolation, upright);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--resize: expected " + e.getMessage());
    }
  }

  private Map<String, Object> pack(Path file, ImageFiles images, PackedPixels pixels)
      throws IOException {
    boolean kept = Files.exists(file);
    List<BadImage> bad = List.of();
    if (kept) {
      PackedImages.requireSame(file, images, pixels);
    } else {
      try (ProgressBar bar =
          new ProgressBar(terminal, json, file.getFileName().toString(), "images", images.size())) {
        bad =
            pixels == null
                ? PackWriter.write(images, file, bar::update)
                : PackWriter.write(
                    images,
                    file,
                    pixels,
                    threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
                    bar::update);
      }
    }
    bad.forEach(image -> terminal.say("left empty: " + image));
    terminal.say(
        "%s: %d images of %d classes, %s"
            .formatted(file, images.size(), images.classNames().size(), kept ? "kept" : "written"));
    return JsonWriter.object(
        "file", file.toString(),
        "images", images.size(),
        "classes", images.classNames().size(),
        "unreadable", bad.size(),
        "written", !kept);
  }
}
