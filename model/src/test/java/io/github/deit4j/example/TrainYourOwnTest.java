package io.github.deit4j.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.session.Training;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a program trains on its own images, stops, goes on, and listens. */
class TrainYourOwnTest {
  private static final String[] SMALL = {
    "image-size=16", "patch-size=8", "width=16", "depth=1", "heads=1", "mlp-ratio=2", "epochs=4"
  };

  @TempDir Path dir;

  private Path photos() throws IOException {
    Path photos = dir.resolve("photos");
    for (Color color : List.of(Color.RED, Color.BLUE)) {
      for (int i = 0; i < 10; i++) {
        var picture = new BufferedImage(32, 24, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(i, i, 20, 10);
        graphics.dispose();
        Path file = photos.resolve(color.equals(Color.RED) ? "red" : "blue").resolve(i + ".png");
        Files.createDirectories(file.getParent());
        ImageIO.write(picture, "png", file.toFile());
      }
    }
    return photos;
  }

  /** Ends a run after some steps, and keeps what it hears. */
  private static final class Watcher implements TrainingListener {
    private final List<Double> losses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final int most;

    Watcher(int most) {
      this.most = most;
    }

    @Override
    public void stepDone(StepReport report) {
      losses.add(report.loss());
    }

    @Override
    public void note(String message) {
      notes.add(message);
    }

    @Override
    public boolean cancelled() {
      return losses.size() >= most;
    }
  }

  @Test
  void trainsListensStopsAndGoesOn() throws Exception {
    Path photos = photos();
    Path out = dir.resolve("run");
    var watcher = new Watcher(3);
    TrainingResult stopped =
        Training.on(photos).set(SMALL).backend("cpu").threads(2).out(out).listener(watcher).run();
    assertThat(stopped.cancelled()).isTrue();
    assertThat(watcher.losses).hasSize(3).allMatch(loss -> loss > 0);
    assertThat(watcher.notes.toString())
        .contains("16 images of 2 classes to learn from, 4 held out");
    assertThat(out.resolve("report.html")).isRegularFile();

    TrainingResult done = Training.on(photos).set(SMALL).backend("cpu").resume(out).run();
    assertThat(done.step()).isEqualTo(done.totalSteps()).isEqualTo(8);
    assertThat(done.scores()).isNotEmpty();
    assertThat(out.resolve("model.safetensors")).isRegularFile();
    assertThat(out.resolve("split.csv")).isRegularFile();

    Training.on(photos).set(SMALL).backend("cpu").threads(1).out(dir.resolve("whole")).run();
    assertThat(Files.readAllBytes(dir.resolve("whole/model.safetensors")))
        .isEqualTo(Files.readAllBytes(out.resolve("model.safetensors")));
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> Training.on(dir).run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("say out(folder)");
  }
}
