package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Classes that count more than others in the loss. */
class ClassWeightsTrainingTest {
  @TempDir static Path dir;
  private static Path data;

  /** 4, 8 and 12 images of three classes, of which 1, 2 and 2 are held out. */
  @BeforeAll
  static void drawImages() throws IOException {
    data = dir.resolve("data");
    for (int label = 0; label < 3; label++) {
      for (int i = 0; i < 4 * (label + 1); i++) {
        OwnImages.picture(data.resolve(OwnImages.CLASSES.get(label) + "/" + i + ".png"), label, i);
      }
    }
  }

  private static Cli train(String out, String... sets) {
    List<String> options = new ArrayList<>();
    for (String set : sets) {
      options.addAll(set.startsWith("--") ? List.of(set) : List.of("--set", set));
    }
    return OwnImages.train(data, dir.resolve(out), options.toArray(String[]::new));
  }

  private static String weights(String out) throws IOException {
    return Sha256.of(dir.resolve(out).resolve("model.safetensors"));
  }

  @Test
  void theRunSaysWhatTheWeightsCameTo() throws IOException {
    Cli plain = train("plain");
    assertThat(plain.code()).as(plain.err()).isZero();
    assertThat(dir.resolve("plain/class-weights.csv")).doesNotExist();
    Cli balanced = train("balanced", "class-weights=balanced");
    assertThat(balanced.code()).as(balanced.err()).isZero();
    assertThat(balanced.err())
        .contains("class weights of the loss: from 0.633 (red) to 2.11 (blue)");
    assertThat(dir.resolve("balanced/class-weights.csv"))
        .hasContent("label,images,weight\nblue,3,2.1111112\ngreen,6,1.0555556\nred,10,0.6333333\n");
    assertThat(dir.resolve("balanced/recipe.yaml"))
        .content()
        .contains("\nclass-weights: balanced\n");
    assertThat(weights("balanced")).isNotEqualTo(weights("plain"));
    assertThat(train("list", "class-weights=[2.1111112,1.0555556,0.6333333]").code()).isZero();
    assertThat(weights("list")).as("the same, written out").isEqualTo(weights("balanced"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bce-loss=false", "bce-loss=true"})
  void weightsOfOneChangeNoBitAndOthersDo(String loss) throws IOException {
    String[] sets = {loss, "smoothing=0", "mixup=0.5"};
    train(loss + "none", sets);
    train(loss + "ones", loss, "smoothing=0", "mixup=0.5", "class-weights=[1,1,1]");
    train(loss + "others", loss, "smoothing=0", "mixup=0.5", "class-weights=[3,1,0]");
    assertThat(weights(loss + "ones")).isEqualTo(weights(loss + "none"));
    assertThat(weights(loss + "others")).isNotEqualTo(weights(loss + "none"));
  }

  @Test
  void aRunGoesOnWithTheSameWeightsOnly() throws IOException {
    assertThat(train("whole", "class-weights=balanced").code()).isZero();
    assertThat(train("part", "class-weights=balanced", "--max-steps=1").code()).isZero();
    Cli other = train("part", "class-weights=[1,2,3]", "--resume");
    assertThat(other.code()).isEqualTo(ExitCode.USAGE);
    assertThat(other.err()).contains("class-weights");
    Cli resumed = train("part", "class-weights=balanced", "--resume");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(weights("part")).isEqualTo(weights("whole"));
  }

  @Test
  void asManyWeightsAsClassesOrNothingIsWritten() {
    Cli result = train("wrong", "class-weights=[1,2]");
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err())
        .contains("expected 3 numbers, one for each class (blue, green, red), found 2");
    assertThat(dir.resolve("wrong")).doesNotExist();
  }
}
