package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.VisionTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Hugging Face's library makes of an image by the folder that we export. */
class HuggingFacePixelsTest {
  @TempDir Path dir;

  /** What the library does with an oblong image by the file that we write, and our own pixels. */
  @Test
  void theLibrarySeesThePixelsOfOurEvaluation() throws IOException {
    int size = Models.PLAIN.imageSize();
    var preprocessing =
        new Preprocessing(size, 3, Normalize.IMAGENET, size / 28.0, Interpolation.BICUBIC);
    var info =
        new ModelInfo(Models.PLAIN, ClassNames.unnamed(Models.PLAIN.classes()), preprocessing);
    Path out = dir.resolve("oblong");
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, Models.PLAIN, 8)) {
      ExportFormat.HUGGINGFACE.write(out, backend, model, info);
    }
    byte[] pixels = new byte[3 * 40 * 60];
    new Random(3).nextBytes(pixels);
    Image oblong = new Image(3, 40, 60, pixels);
    byte[] ours = preprocessing.prepare(oblong).pixels();

    JsonValue json = Json.read(out.resolve("preprocessor_config.json"));
    // Neither ViT's nor DeiT's takes a shortest edge.
    assertThat(json.get("image_processor_type").asString()).isEqualTo("CLIPImageProcessor");
    assertThat(json.get("do_convert_rgb").asBoolean()).isTrue();
    assertThat(json.get("size").keys()).containsExactly("shortest_edge");
    int shortest = json.get("size").get("shortest_edge").asInt();
    int crop = json.get("crop_size").get("height").asInt();
    assertThat(json.get("resample").asInt()).isEqualTo(3);
    Image resized = Resampler.resize(oblong, shortest, shortest * 60 / 40, Interpolation.BICUBIC);
    assertThat(middle(resized, crop)).isEqualTo(ours);
    Image distorted = Resampler.resize(oblong, shortest, shortest, Interpolation.BICUBIC);
    assertThat(middle(distorted, crop)).isNotEqualTo(ours);

    Preprocessing read = SavedModel.readInfo(ModelSource.of(out)).preprocessing();
    assertThat(read.prepare(oblong).pixels()).isEqualTo(ours);
  }

  /** The library divides by two and rounds down. */
  private static byte[] middle(Image image, int size) {
    return image.crop((image.height() - size) / 2, (image.width() - size) / 2, size, size).pixels();
  }
}
