package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step or evaluation that takes too long is given up, and the run goes on from the last step. */
class GivenUpTest {
  private static final int BATCH = 32;

  /** The batch is cut into grains of six images. */
  private static final int TEACHER_CALLS_PER_STEP = 6;

  @TempDir Path folder;
  private TinyTraining training;

  /** What happens instead of the n-th call of something. */
  private static final class Trap implements TrainingListener {
    private Runnable giveUp;
    private int left = Integer.MAX_VALUE;

    synchronized void count() {
      if (left-- == 0) {
        giveUp.run();
      }
    }

    @Override
    public void giveUpBy(Runnable action) {
      giveUp = action;
    }
  }

  /** Gives up in the evaluation. */
  private static final class InEvaluation implements TrainingListener {
    private final Trap trap;

    InEvaluation(Trap trap) {
      this.trap = trap;
    }

    @Override
    public void giveUpBy(Runnable action) {
      trap.giveUpBy(action);
    }

    @Override
    public void evaluating(int images, int total) {
      trap.count();
    }
  }

  @BeforeEach
  void makeData() throws Exception {
    training = TinyTraining.in(folder);
  }

  private TrainingResult train(
      String run, UnaryOperator<Dataset> images, Teacher teacher, TrainingListener listener)
      throws Exception {
    Recipe recipe = Recipe.load(folder.resolve("recipe.yaml").toString(), List.of());
    var format = Datasets.named(recipe.get(Settings.DATA));
    var environment = new Environment("1", "cpu", 1, List.of(), Map.of());
    try (Backend backend = Backends.select("cpu", 2).backend();
        Dataset train = images.apply(format.open(folder.resolve("data"), Split.TRAIN));
        Dataset test = format.open(folder.resolve("data"), Split.TEST);
        RunFolder out = RunFolder.resume(training.out(run), recipe, environment, 0)) {
      return new Trainer(
              backend,
              recipe,
              train,
              test,
              teacher,
              out,
              listener,
              1,
              Integer.MAX_VALUE,
              0,
              System::nanoTime)
          .train();
    }
  }

  /** A teacher that always says the same. */
  private static Teacher teacher(Runnable onCall) {
    return new Teacher() {
      @Override
      public List<String> classNames() {
        return FashionMnist.CLASS_NAMES;
      }

      @Override
      public Tensor logits(Ops ops, Tensor images) {
        onCall.run();
        Tensor logits = ops.arena().allocate(images.shape().size(0), classNames().size());
        ops.backend().fill(logits, 0.5f);
        return logits;
      }

      @Override
      public void close() {}
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 6, 10, 23, 35})
  void aStepAtWork(int call) throws Exception {
    var trap = new Trap();
    trap.left = call;
    TrainingResult result = train("run", same -> same, teacher(trap::count), trap);
    assertThat(result.cancelled()).isTrue();
    int done = call / TEACHER_CALLS_PER_STEP;
    assertThat(result.step()).isEqualTo(done);
    if (done > 0) {
      assertThat(training.out("run").resolve("latest")).hasContent("step-" + done + "\n");
    } else {
      assertThat(training.out("run").resolve("latest")).doesNotExist();
    }
    assertGoesOn();
  }

  private void assertGoesOn() throws Exception {
    train("run", same -> same, teacher(() -> {}), new TrainingListener() {});
    train("whole", same -> same, teacher(() -> {}), new TrainingListener() {});
    assertThat(training.weights("run")).isEqualTo(training.weights("whole"));
    assertThat(training.metrics("run")).isEqualTo(training.metrics("whole"));
    assertThat(training.out("run").resolve("results.json"))
        .hasSameTextualContentAs(training.out("whole").resolve("results.json"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void anEvaluation(int call) throws Exception {
    var trap = new Trap();
    trap.left = call; // the weights and their average, after each epoch
    TrainingResult result = train("run", same -> same, teacher(() -> {}), new InEvaluation(trap));
    assertThat(result.cancelled()).isTrue();
    assertThat(result.step()).isEqualTo(call < 2 ? 3 : 6);
    assertGoesOn();
  }

  /** What goes on while images do not come any more. */
  private static final class Stuck implements TrainingListener {
    private final AtomicInteger images = new AtomicInteger(2 * BATCH);
    private final CountDownLatch twoSteps = new CountDownLatch(2);
    private final CountDownLatch checkpoint = new CountDownLatch(1);
    private Runnable giveUp;

    @Override
    public void giveUpBy(Runnable action) {
      giveUp = action;
    }

    @Override
    public void stepDone(StepReport report) {
      twoSteps.countDown();
    }

    @Override
    public void checkpointWritten(int step, Path file) {
      checkpoint.countDown();
    }

    /** A file system that answers for two batches, and from then on hears nothing. */
    void read() {
      if (images.decrementAndGet() < 0) {
        await(twoSteps);
        giveUp.run();
        await(checkpoint);
      }
    }

    private static void await(CountDownLatch latch) {
      while (latch.getCount() > 0) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          // It hears nothing of that either.
        }
      }
    }
  }

  /** The checkpoint does not wait for them. */
  @Test
  @Timeout(50)
  void imagesThatDoNotCome() throws Exception {
    var stuck = new Stuck();
    TrainingResult result =
        train("run", images -> new WatchedDataset(images, stuck::read), teacher(() -> {}), stuck);
    assertThat(result.cancelled()).isTrue();
    assertThat(result.step()).isEqualTo(2);
    assertGoesOn();
  }
}
