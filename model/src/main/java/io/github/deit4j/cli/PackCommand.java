package io.github.deit4j.cli;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.ImageFileFormat;
import io.github.deit4j.data.set.ImageFiles;
import io.github.deit4j.data.set.PackWriter;
import io.github.deit4j.data.set.PackedImages;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code deit pack}. */
@Command(
    name = "pack",
    description = {
      "Puts a folder of images into one file per split, which train and evaluate read faster:"
          + " train.pack and val.pack, or images.pack of a folder without splits.",
      "The images stay as they are. Packs that are already there are kept, so an interrupted"
          + " command can be repeated."
    })
final class PackCommand extends Subcommand.WithJson {
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

  @Override
  public Integer call() throws IOException {
    ImageFileFormat format = Datasets.detectImageFiles(data);
    Map<String, ImageFiles> splits = new TreeMap<>();
    for (String split : format.splitsOrWhole(data)) {
      splits.put(split, format.files(data, split));
    }
    AtomicFiles.createFolder(out);
    List<Object> packs = new ArrayList<>();
    for (Map.Entry<String, ImageFiles> split : splits.entrySet()) {
      packs.add(pack(ImageFileFormat.pack(out, split.getKey()), split.getValue()));
    }
    print(Map.of("packs", packs), () -> {});
    return ExitCode.OK;
  }

  private Map<String, Object> pack(Path file, ImageFiles images) throws IOException {
    boolean kept = Files.exists(file);
    List<BadImage> bad = List.of();
    if (kept) {
      PackedImages.requireSame(file, images);
    } else {
      try (ProgressBar bar =
          new ProgressBar(terminal, json, file.getFileName().toString(), "images", images.size())) {
        bad = PackWriter.write(images, file, bar::update);
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
