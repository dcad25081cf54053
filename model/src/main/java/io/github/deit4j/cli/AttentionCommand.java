package io.github.deit4j.cli;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.AttentionMaps;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.report.HeatMap;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws where a model looks. */
@Command(
    name = "attention",
    description = {
      "Draws over an image where a model's class token, and distillation token, look.",
      "rollout-TOKEN.png: through all blocks (attention rollout, Abnar and Zuidema 2020).",
      "block-B-head-H-TOKEN.png: each head of one block. Bright is much, relative to the map."
    })
final class AttentionCommand extends Subcommand {
  private static final List<String> TOKENS = List.of("class", "distillation");

  @Mixin private Options.Weights weights;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the maps, new or empty.")
  private Path out;

  @Option(
      names = "--block",
      paramLabel = "B",
      description = "Block whose heads are drawn, from 1 (default: the last).")
  private Integer block;

  @Parameters(paramLabel = "IMAGE", description = "An image file of any size.")
  private Path image;

  @Mixin private Options.Device device;

  @Override
  public Integer call() throws IOException, InterruptedException {
    OutputFolder.requireEmpty(out);
    weights.locate(this);
    TokenLayout layout = layout();
    int drawn = block == null ? layout.depth() : block;
    if (drawn < 1 || drawn > layout.depth()) {
      throw new UsageException("--block: expected 1 to " + layout.depth() + ", found " + drawn);
    }
    weights.warn(terminal);
    try (Backend backend = device.open();
        SavedModel.Loaded loaded = SavedModel.load(weights.source(), backend)) {
      Image decoded = ImageDecoder.decode(image, loaded.info().preprocessing().decoding());
      AttentionMaps maps = AttentionMaps.of(backend, loaded.model(), loaded.info(), decoded);
      AtomicFiles.createFolder(out);
      for (int token = 0; token < layout.prefix().size(); token++) {
        write("rollout", token, maps, maps.rollout(token));
        for (int head = 0; head < layout.heads(); head++) {
          String name = "block-%d-head-%d".formatted(drawn, head + 1);
          write(name, token, maps, maps.head(drawn - 1, head, token));
        }
      }
    }
    terminal.say(
        "wrote %d maps to %s".formatted(layout.prefix().size() * (layout.heads() + 1), out));
    return ExitCode.OK;
  }

  private TokenLayout layout() throws IOException {
    Path path = weights.source().path();
    ModelConfig config = SavedModel.readInfo(weights.source()).config();
    return config
        .tokenLayout()
        .orElseThrow(
            () ->
                new FormatException(
                    path, "a model with attention, such as a DeiT", "a " + config.family().name()));
  }

  private void write(String name, int token, AttentionMaps maps, float[] map) throws IOException {
    Path file = out.resolve("%s-%s.png".formatted(name, TOKENS.get(token)));
    HeatMap.write(file, maps.image(), map, maps.side());
  }
}
