package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training whose steps are launched as graphs gives the bits of training op by op. */
@ExtendWith(OnStandIn.class)
class CudaRecordedTrainingTest {
  private static final String SEPARATE = "deit4j.cuda.separate";

  @TempDir Path folder;
  private TinyTraining training;

  @BeforeEach
  void makeData() throws IOException {
    training = TinyTraining.in(folder);
  }

  private Cli train(String run, List<String> options) {
    List<String> command = training.command(run, options.toArray(String[]::new));
    command.set(command.indexOf("--backend") + 1, "cuda");
    return Cli.run(command.toArray());
  }

  /** Trains with steps that come op by op, as they do where each tensor is an allocation. */
  private void trainOpByOp(String run, List<String> options) {
    System.setProperty(SEPARATE, "true");
    try {
      Cli result = train(run, options);
      assertThat(result.code()).as(result.err()).isZero();
    } finally {
      System.clearProperty(SEPARATE);
    }
  }

  private static List<String> sets(String settings) {
    List<String> options = new ArrayList<>(List.of("--set", "epochs=1"));
    for (String setting : settings.split(" ")) {
      options.addAll(
          setting.startsWith("--") ? List.of(setting.split("=")) : List.of("--set", setting));
    }
    return options;
  }

  /**
   * Drop path, EMA, clipping, accumulation over grains and flips are in all of them, but where they
   * say otherwise.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixup=0.8 cutmix=1 erase=1 erase-mode=rand smoothing=0.1",
        "--precision=bf16 batch=32 accumulate=1 grain=32 dropout=0.1",
        "--precision=tf32 activation-checkpointing=true erase=1",
        "optimizer=lamb bce-loss=true smoothing=0 clip=1",
        "optimizer=sgd lr=0.1 clip=0 ema-decay=0"
      })
  void graphsGiveTheSameWeightsAndMetrics(String settings) throws IOException {
    CudaStandIn standIn = CudaStandIn.require();
    List<String> options = sets(settings);
    trainOpByOp("op by op", options);
    assertThat(standIn.calls("cuGraphLaunch")).isZero();
    Cli result = train("graphs", options);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(standIn.calls("cuStreamBeginCapture_v2")).isEqualTo(1);
    assertMostAreLaunched(standIn);
    assertSame("graphs", "op by op");
  }

  /**
   * All but the first step, and one more where a run has several grains: its first step makes room
   * for their sums.
   */
  private static void assertMostAreLaunched(CudaStandIn standIn) {
    long launches = standIn.calls("cuGraphLaunch");
    assertThat(launches)
        .isBetween(TinyTraining.STEPS_PER_EPOCH - 2L, TinyTraining.STEPS_PER_EPOCH - 1L);
  }

  private void assertSame(String run, String expected) throws IOException {
    assertThat(training.metrics(run)).isEqualTo(training.metrics(expected));
    for (String file : List.of("model.safetensors", "model-ema.safetensors")) {
      Path of = training.out(expected).resolve(file);
      assertThat(Files.exists(of)).isEqualTo(Files.exists(training.out(run).resolve(file)));
      if (Files.exists(of)) {
        assertThat(training.out(run).resolve(file)).hasSameBinaryContentAs(of);
      }
    }
  }

  @Test
  void aTeacherIsPartOfTheGraph() throws IOException {
    CudaStandIn standIn = CudaStandIn.require();
    String[] teacher = training.trainTeacher();
    List<String> options = new ArrayList<>(List.of(teacher));
    options.addAll(sets("mixup=0.8 erase=1"));
    trainOpByOp("op by op", options);
    assertThat(train("graphs", options).code()).isZero();
    assertMostAreLaunched(standIn);
    assertSame("graphs", "op by op");
  }

  /** They come like the labels, in the step's numbers: nothing is read within a step. */
  @ParameterizedTest
  @ValueSource(strings = {"hard", "soft"})
  void storedAnswersArePartOfTheGraph(String distillation) throws IOException {
    CudaStandIn standIn = CudaStandIn.require();
    String[] teacher = training.trainTeacher();
    List<String> options = sets("mixup=0.8 erase=1 distillation=" + distillation);
    List<String> teach = new ArrayList<>(List.of("teach", "--backend", "cuda"));
    teach.addAll(List.of("--recipe", folder.resolve("recipe.yaml").toString()));
    teach.addAll(List.of("--data", folder.resolve("data").toString()));
    teach.addAll(List.of("--out", folder.resolve("draws").toString()));
    teach.addAll(List.of(teacher));
    teach.addAll(options);
    Cli taught = Cli.run(teach.toArray());
    assertThat(taught.code()).as(taught.err()).isZero();
    options.addAll(List.of(teacher));
    trainOpByOp("by model", options);
    options.set(options.size() - 1, folder.resolve("draws").toString());
    assertThat(standIn.calls("cuGraphLaunch")).isZero();
    Cli result = train("graphs", options);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("were computed by");
    assertMostAreLaunched(standIn);
    assertSame("graphs", "by model");
    List<String> onCpu = training.command("cpu", options.toArray(String[]::new));
    Cli elsewhere = Cli.run(onCpu.toArray());
    assertThat(elsewhere.code()).as(elsewhere.err()).isZero();
    assertThat(elsewhere.err()).contains("the teacher's answers were computed by deit4j");
  }

  /** Batches that are mixed and such that are not, images with boxes and without. */
  @Test
  void stepsThatDifferAreGraphsOfTheirOwnOrNone() throws IOException {
    List<String> options = sets("mixup=0.8 mixup-prob=0.5 erase=0.1 batch=6 accumulate=1 grain=6");
    trainOpByOp("op by op", options);
    assertThat(train("graphs", options).code()).isZero();
    assertSame("graphs", "op by op");
  }

  @Test
  void aRunThatIsResumedEndsTheSame() throws IOException {
    List<String> options = sets("mixup=0.8");
    assertThat(train("at once", options).code()).isZero();
    List<String> first = new ArrayList<>(options);
    first.addAll(List.of("--max-steps", "2"));
    assertThat(train("resumed", first).code()).isZero();
    List<String> second = new ArrayList<>(options);
    second.add("--resume");
    assertThat(train("resumed", second).code()).isZero();
    assertSame("resumed", "at once");
  }

  @Test
  void aLossThatIsNoNumberEndsTheRunBeforeItIsSaved() throws IOException {
    List<String> options = sets("lr=1e38 clip=0 warmup-epochs=0 optimizer=sgd checkpoint-every=1");
    Cli onDevice = train("cuda", options);
    Cli onHost = Cli.run(training.command("cpu", options.toArray(String[]::new)).toArray());
    assertThat(onHost.code()).isNotZero();
    assertThat(onDevice.code()).isEqualTo(onHost.code());
    assertThat(onDevice.err()).contains("expected ", "finite");
    assertThat(checkpoints("cuda")).isEqualTo(checkpoints("cpu"));
  }

  private List<String> checkpoints(String run) throws IOException {
    Path checkpoints = training.out(run).resolve("checkpoints");
    if (!Files.exists(checkpoints)) {
      return List.of();
    }
    try (var files = Files.list(checkpoints)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
