package io.github.deit4j.cli;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options that several commands have. */
final class Options {
  private Options() {}

  /** Weights, and what tensors cannot tell of a model: the number of attention heads. */
  static class HeadCount {
    @Option(
        names = "--heads",
        paramLabel = "N",
        description =
            "Attention heads, where the file does not tell and they are not 64 channels each.")
    private Integer heads;

    @Mixin private NamedWeights named;

    /** Returns the file or folder that a command names, as {@link NamedWeights#locate} does. */
    Path locate(Path given, Subcommand command) throws IOException, InterruptedException {
      return named.locate(given, command);
    }

    /**
     * Returns a source of weights with that number of heads.
     *
     * @throws UsageException if the number is out of range
     */
    ModelSource source(Path weights) {
      if (heads == null) {
        return ModelSource.of(weights);
      }
      Subcommand.requireAtLeast("--heads", 1, heads);
      return new ModelSource(weights, OptionalInt.of(heads));
    }
  }

  /** A model's weights. */
  static class Weights extends HeadCount {
    @Option(
        names = "--weights",
        paramLabel = "FILE|DIR|NAME",
        required = true,
        description =
            "The model: safetensors or PyTorch file with timm's or Hugging Face's tensor names, a"
                + " Hugging Face folder, a run's folder, or the name of published weights.")
    private Path weights;

    /** Finds the weights; before that they are not to be opened. */
    void locate(Subcommand command) throws IOException, InterruptedException {
      weights = locate(weights, command);
    }

    Path path() {
      return weights;
    }

    /**
     * Returns where the weights are.
     *
     * @throws UsageException if the number of heads is out of range
     */
    ModelSource source() {
      return source(weights);
    }

    /** Says what is probably wrong with the weights. */
    void warn(Terminal terminal) throws IOException {
      for (String warning : SavedModel.warnings(source())) {
        terminal.say("warning: " + warning);
      }
    }
  }

  /** A model and the head that decides. */
  static final class Model extends Weights {
    @Option(
        names = "--head",
        paramLabel = "HEAD",
        converter = HeadConverter.class,
        description = "One head: class, distillation, mean or joint.")
    private Head head;

    /** Returns the head asked for, if any. */
    Optional<Head> head() {
      return Optional.ofNullable(head);
    }

    /**
     * Reads what the file says beside the weights.
     *
     * @throws io.github.deit4j.weights.FormatException if it is malformed or describes no model
     * @throws UsageException if the model lacks the head asked for
     */
    ModelInfo readInfo() throws IOException {
      ModelInfo info = SavedModel.readInfo(source());
      if (head != null && head != Head.CLASS && !info.config().distilled()) {
        throw new UsageException(
            "--head: expected class, since the model of %s has no distillation token, found %s"
                .formatted(path(), head.id()));
      }
      return info;
    }
  }

  /** Reads a head's name. */
  static final class HeadConverter implements ITypeConverter<Head> {
    HeadConverter() {}

    @Override
    public Head convert(String id) {
      try {
        return Head.of(id);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Where a server listens. */
  static final class Host {
    @Option(
        names = "--host",
        paramLabel = "ADDRESS",
        defaultValue = "127.0.0.1",
        description = "Address to listen at; 0.0.0.0 for all (default: ${DEFAULT-VALUE}).")
    private String address;

    String address() {
      return address;
    }
  }

  /** The files of a recipe's data set. */
  static final class Data {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        description =
            "Folder with the data set's files; else $DEIT4J_DATA/NAME, the cache,"
                + " /usr/share/datasets.")
    private Path data;

    /** Returns the folder of a data set: the one named, or else where it is usually found. */
    Path locate(String name, Terminal terminal) throws DatasetException {
      return Datasets.locate(name, Optional.ofNullable(data), terminal.environment());
    }
  }

  /** What computes. */
  static final class Device {
    private static final String AUTO = "auto";
    private static final String CPU = "cpu";

    @Option(
        names = "--backend",
        paramLabel = "NAME",
        defaultValue = AUTO,
        description =
            "What computes: cpu; openblas: the CPU with OpenBLAS's matrix products, which give"
                + " other last digits; cuda or cuda:n: an NVIDIA device, of several processes a device"
                + " each; auto: cuda if it can be used, else cpu, and cpu for several processes"
                + " (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(
        names = "--threads",
        paramLabel = "N",
        defaultValue = "0",
        description =
            "Threads of the CPU, 0 for all, shared among the processes of a machine (default:"
                + " ${DEFAULT-VALUE}). Changes no result.")
    private int threads;

    @Option(
        names = "--precision",
        paramLabel = "NAME",
        description =
            "In what numbers matrices are multiplied: fp32; bf16 with weights kept in fp32; tf32 on an"
                + " NVIDIA device (default: fp32, or what the recipe says).")
    private String precision;

    /** Where ranks share a machine's processors, how many threads are this one's; 0 for all. */
    private int share;

    /** This rank's number among those of the machine; 0 for a process alone. */
    private int localRank;

    /**
     * The device of ranks that work together, each with its share of a machine's processors. One
     * that nobody has named is the CPU, which all machines have.
     */
    void shareAmong(Ranks ranks) {
      if (!ranks.many()) {
        return;
      }
      if (name.equals(AUTO)) {
        name = CPU;
      }
      share = ranks.threads();
      localRank = ranks.localRank();
    }

    /**
     * Starts the backend; the caller closes it.
     *
     * @throws UsageException if an option is out of range
     * @throws io.github.deit4j.device.DeviceException if the device cannot be used
     */
    Backend open() {
      return open(precision());
    }

    /** As {@link #open()}, at the precision of a recipe. */
    Backend open(Precision ofRecipe) {
      check();
      String own = share == 0 ? name : Backends.ofRank(name, localRank);
      return Backends.select(own, threads == 0 ? share : threads, ofRecipe).backend();
    }

    /** As {@link #open()}, for a job so short that the kernels' warm-up would take most of it. */
    Backend openForShortJob() {
      check();
      return Backends.selectForShortJob(name, threads, precision()).backend();
    }

    private void check() {
      if (!Backends.knows(name)) {
        throw new UsageException("--backend: expected " + Backends.names() + ", found " + name);
      }
      if (threads < 0) {
        throw new UsageException("--threads: expected 0 (all) or more, found " + threads);
      }
    }

    /** Returns what the option changes in a recipe. */
    Optional<String> recipeChange() {
      return Optional.ofNullable(precision).map(_ -> "precision=" + precision().key());
    }

    private Precision precision() {
      if (precision == null) {
        return Precision.FP32;
      }
      return Precision.of(precision)
          .orElseThrow(
              () ->
                  new UsageException(
                      "--precision: expected fp32, tf32 or bf16, found " + precision));
    }

    /** Returns the number of threads, for 0 all processors or this rank's share of them. */
    int threads() {
      if (threads > 0) {
        return threads;
      }
      return share > 0 ? share : Runtime.getRuntime().availableProcessors();
    }
  }
}
