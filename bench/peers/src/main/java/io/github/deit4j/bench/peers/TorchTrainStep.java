package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.BenchmarkData;
import io.github.deit4j.bench.cases.TrainStep;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.OptimizerParamGroupVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Reduction;

/** The optimizer step of {@link TrainStep} in PyTorch, with its autograd and its AdamW. */
final class TorchTrainStep implements PeerWorkload {
  private static final long NO_LABEL = -100;

  private final TorchModel model;
  private final AdamW optimizer;
  private final Tensor images;
  private final Tensor labels;
  private final Tensor teacherLabels;
  private final boolean distilled;
  private float loss;

  TorchTrainStep(ModelConfig config, int batch, int threads, Path weights) throws IOException {
    torch.set_num_threads(threads);
    this.model = TorchModel.read(config, weights, true);
    this.optimizer = optimizer();
    this.images = model.prepared(TorchInference.images(config, batch));
    this.labels = tensor(BenchmarkData.labels(config, batch));
    this.distilled = TrainStep.isDistilled(config);
    this.teacherLabels = tensor(BenchmarkData.teacherLabels(config, batch));
  }

  private static Tensor tensor(int[] labels) {
    return Tensor.create(Arrays.stream(labels).asLongStream().toArray());
  }

  private AdamW optimizer() {
    TensorVector decayed = new TensorVector();
    TensorVector undecayed = new TensorVector();
    model
        .parameters()
        .forEach((name, value) -> (decays(name, value) ? decayed : undecayed).push_back(value));
    OptimizerParamGroupVector groups = new OptimizerParamGroupVector();
    groups.push_back(new OptimizerParamGroup(decayed, options(TrainStep.ADAMW.weightDecay())));
    groups.push_back(new OptimizerParamGroup(undecayed, options(0)));
    return new AdamW(groups, options(0));
  }

  /** As in timm: neither vectors nor class token nor position embedding. */
  private static boolean decays(String name, Tensor value) {
    return value.dim() > 1 && !name.equals("pos_embed") && !name.equals("cls_token");
  }

  /** Its betas are PyTorch's own. */
  private static AdamWOptions options(double weightDecay) {
    AdamWOptions options = new AdamWOptions(TrainStep.LEARNING_RATE);
    options.eps().put(TrainStep.ADAMW.epsilon());
    options.weight_decay().put(weightDecay);
    return options;
  }

  @Override
  public String configuration() {
    return TorchConfiguration.text();
  }

  @Override
  public void run() {
    try (PointerScope _ = new PointerScope()) {
      optimizer.zero_grad();
      TorchModel.Logits logits = model.forward(images);
      Tensor total = loss(logits);
      total.backward();
      optimizer.step();
      loss = total.item_float();
    }
  }

  private Tensor loss(TorchModel.Logits logits) {
    Tensor base = crossEntropy(logits.classLogits(), labels, TrainStep.SMOOTHING);
    if (!distilled) {
      return base;
    }
    Tensor student = logits.distillation() == null ? logits.classLogits() : logits.distillation();
    Tensor teacher = crossEntropy(student, teacherLabels, 0);
    return base.mul(new Scalar(1 - TrainStep.ALPHA)).add(teacher.mul(new Scalar(TrainStep.ALPHA)));
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
