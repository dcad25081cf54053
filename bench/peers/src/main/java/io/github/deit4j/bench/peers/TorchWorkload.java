package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.BenchmarkData;
import io.github.deit4j.bench.cases.ModelWorkload;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.OptimizerParamGroupVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Reduction;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A model's work in PyTorch. */
abstract class TorchWorkload implements PeerMain.PeerWorkload {
  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,]+)");

  final TorchModel model;
  final Tensor images;

  private final ScalarType type;

  private TorchWorkload(
      ModelConfig config, int batch, int threads, Path weights, boolean trains, boolean bf16)
      throws IOException {
    torch.set_num_threads(threads);
    this.type = bf16 ? ScalarType.BFloat16 : ScalarType.Float;
    this.model = TorchModel.read(config, weights, trains, type);
    int size = config.imageSize();
    float[] pixels = BenchmarkData.images(config, batch);
    Tensor numbers = Tensor.create(pixels, batch, config.channels(), size, size).to(type);
    this.images = model.prepared(numbers);
  }

  @Override
  public String configuration() {
    Matcher version = VERSION.matcher(torch.show_config().getString());
    String kernels = System.getenv("OPENBLAS_CORETYPE");
    String blas = kernels == null ? "OpenBLAS" : "OpenBLAS with kernels for " + kernels;
    String mkl = "MKL with " + System.getenv("MKL_THREADING_LAYER") + " threads";
    return "PyTorch %s eager, CPU, %s, %d threads, %s, OMP_WAIT_POLICY=%s"
        .formatted(
            version.find() ? version.group(1) : "of unknown version",
            type == ScalarType.Float ? "float32" : "all in bfloat16",
            torch.get_num_threads(),
            System.getenv("LD_PRELOAD") == null ? blas : mkl,
            System.getenv("OMP_WAIT_POLICY"));
  }

  static final class Inference extends TorchWorkload {
    private final int classes;
    private final InferenceMode mode = new InferenceMode();

    Inference(ModelConfig config, int batch, int threads, Path weights, boolean bf16) throws IOException {
      super(config, batch, threads, weights, false, bf16);
      this.classes = config.classes();
    }

    @Override
    public void run() {
      try (PointerScope _ = new PointerScope()) {
        model.forward(images);
      }
    }

    @Override
    public float[] check() {
      try (PointerScope _ = new PointerScope()) {
        FloatBuffer logits = model.forward(images).classLogits().to(ScalarType.Float).createBuffer();
        float[] first = new float[classes];
        logits.get(first);
        return first;
      }
    }

    @Override
    public void close() {
      mode.close();
    }
  }

  /**
   * The optimizer step of {@code bench}'s {@code ModelWorkload}, with PyTorch's autograd and AdamW.
   */
  static final class Training extends TorchWorkload {
    private static final long NO_LABEL = -100;

    private final AdamW optimizer;
    private final Tensor labels;
    private final Tensor teacherLabels;
    private float loss;

    Training(ModelConfig config, int batch, int threads, Path weights, boolean bf16) throws IOException {
      super(config, batch, threads, weights, true, bf16);
      this.optimizer = optimizer();
      this.labels = tensor(BenchmarkData.labels(config, batch));
      this.teacherLabels = tensor(BenchmarkData.teacherLabels(config, batch));
    }

    private static Tensor tensor(int[] labels) {
      return Tensor.create(Arrays.stream(labels).asLongStream().toArray());
    }

    /** As in timm, neither vectors nor class token nor position embedding decay. */
    private AdamW optimizer() {
      TensorVector decayed = new TensorVector();
      TensorVector undecayed = new TensorVector();
      model.parameters.forEach(
          (name, value) -> {
            boolean fixed = name.equals("pos_embed") || name.equals("cls_token");
            (value.dim() > 1 && !fixed ? decayed : undecayed).push_back(value);
          });
      OptimizerParamGroupVector groups = new OptimizerParamGroupVector();
      groups.push_back(
          new OptimizerParamGroup(decayed, options(ModelWorkload.ADAMW.weightDecay())));
      groups.push_back(new OptimizerParamGroup(undecayed, options(0)));
      return new AdamW(groups, options(0));
    }

    /** Its betas are PyTorch's own. */
    private static AdamWOptions options(double weightDecay) {
      AdamWOptions options = new AdamWOptions(ModelWorkload.LEARNING_RATE);
      options.eps().put(ModelWorkload.ADAMW.epsilon());
      options.weight_decay().put(weightDecay);
      return options;
    }

    @Override
    public void run() {
      try (PointerScope _ = new PointerScope()) {
        optimizer.zero_grad();
        Tensor total = loss(model.forward(images));
        total.backward();
        optimizer.step();
        loss = total.item_float();
      }
    }

    private Tensor loss(TorchModel.Logits logits) {
      Tensor base = crossEntropy(logits.classLogits(), labels, ModelWorkload.SMOOTHING);
      if (logits.distillation() == null) {
        return base;
      }
      Tensor teacher = crossEntropy(logits.distillation(), teacherLabels, 0);
      Scalar alpha = new Scalar(ModelWorkload.ALPHA);
      return base.mul(new Scalar(1 - ModelWorkload.ALPHA)).add(teacher.mul(alpha));
    }

    private static Tensor crossEntropy(Tensor logits, Tensor target, double smoothing) {
      return torch.cross_entropy_loss(
          logits, target, new TensorOptional(), Reduction.Mean.value, NO_LABEL, smoothing);
    }

    @Override
    public float[] check() {
      float[] losses = new float[3];
      for (int i = 0; i < losses.length; i++) {
        run();
        losses[i] = loss;
      }
      return losses;
    }

    @Override
    public void close() {
      optimizer.close();
    }
  }
}
