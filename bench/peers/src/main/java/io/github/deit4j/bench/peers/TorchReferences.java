package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.Reference;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.tensor.DType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Reduction;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** References in PyTorch's eager mode, as the reference's Python would call its functions. */
public final class TorchReferences implements ReferenceLibrary {
  private static final long NO_LABEL = -100;
  private static final long[] NO_DILATION = {1, 1};
  private static final long[] NO_OUTPUT_PADDING = {0, 0};

  /** For the service loader. */
  public TorchReferences() {}

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public Workload open(OpCase op, Backend backend, int threads) {
    torch.set_num_threads(threads);
    Reference reference = op.reference();
    Evaluation evaluation = new Evaluation(backend);
    evaluation.prepare(reference);
    return new Workload() {
      @Override
      public void run() {
        try (PointerScope _ = new PointerScope()) {
          Tensor _ = evaluation.of(reference);
        }
      }

      @Override
      public float[] check() {
        try (PointerScope _ = new PointerScope()) {
          Tensor result = evaluation.of(reference).contiguous();
          float[] numbers = new float[Math.toIntExact(result.numel())];
          FloatBuffer buffer = result.createBuffer();
          buffer.get(numbers);
          return numbers;
        }
      }

      @Override
      public void close() {}
    };
  }

  /** Computes references again and again on tensors that are copied once. */
  private static final class Evaluation {
    private final Backend backend;
    private final Map<Object, Tensor> copies = new HashMap<>();

    /** Outputs whose gradients are asked for, by the reference that asks. */
    private final Map<Reference, Tensor> forwards = new HashMap<>();

    Evaluation(Backend backend) {
      this.backend = backend;
    }

    /** Copies all tensors, and computes what is not part of the time. */
    void prepare(Object operand) {
      switch (operand) {
        case Reference reference -> {
          reference.operands().forEach(this::prepare);
          prepareForward(reference);
        }
        case io.github.deit4j.tensor.Tensor ours ->
            copies.computeIfAbsent(ours, _ -> copied(ours));
        case List<?> list -> list.forEach(this::prepare);
        case null, default -> {}
      }
    }

    private void prepareForward(Reference r) {
      switch (r.function()) {
        case ATTENTION_BACKWARD -> forwards.put(r, attention(leaf(r, 1), number(r, 2)));
        case BATCH_NORM_BACKWARD -> forwards.put(r, batchNorm(r, toPyTorch(leaf(r, 1)), 2, true));
        case CROSS_ENTROPY, KL_DIVERGENCE -> leaf(r, 0);
        default -> {}
      }
    }

    private Tensor copied(io.github.deit4j.tensor.Tensor ours) {
      long[] shape = Arrays.stream(ours.shape().sizes()).asLongStream().toArray();
      return ours.dtype() == DType.F32
          ? Tensor.create(ImageBatch.toArray(backend, ours), shape)
          : Tensor.create(new float[Math.toIntExact(ours.elements())], shape).to(ScalarType.Byte);
    }

    private Tensor leaf(Reference r, int index) {
      return at(r, index).set_requires_grad(true);
    }

    private Tensor at(Reference r, int index) {
      return r.at(index) instanceof Reference inner ? of(inner) : copies.get(r.at(index));
    }

    private static int number(Reference r, int index) {
      return (int) r.number(index);
    }

    private static Scalar scalar(Reference r, int index) {
      return new Scalar(r.number(index));
    }

    private TensorOptional optional(Reference r, int index) {
      return new TensorOptional(at(r, index));
    }

    private static Tensor array(Reference r, int index, long... shape) {
      return Tensor.create((float[]) r.at(index), shape);
    }

    private List<Tensor> list(Reference r, int index) {
      return ((List<?>) r.at(index)).stream().map(copies::get).toList();
    }

    /** Returns a reference's value; of one that updates tensors the first of these. */
    Tensor of(Reference r) {
      return switch (r.function()) {
        case LINEAR -> torch.linear(at(r, 0), at(r, 1), optional(r, 2));
        case LINEAR_GRADIENTS -> linearGradients(r);
        case MATMUL -> at(r, 0).matmul(at(r, 1));
        case ADD -> at(r, 0).add(at(r, 1));
        case SCALE -> scaled(r);
        case GELU -> torch.gelu(at(r, 0));
        case GELU_BACKWARD -> torch.gelu_backward(at(r, 0), at(r, 1));
        case LAYER_NORM ->
            torch.layer_norm(
                at(r, 0), lastSize(at(r, 0)), optional(r, 1), optional(r, 2), r.number(3), false);
        case LAYER_NORM_BACKWARD ->
            normGradients(at(r, 0), at(r, 1), at(r, 2), at(r, 3), at(r, 4), true)
                .get0()
                .reshape(at(r, 1).shape());
        case LAYER_NORM_GRADIENTS -> normParameterGradients(r);
        case ATTENTION -> attention(at(r, 0), number(r, 1));
        case ATTENTION_BACKWARD -> gradient(forwards.get(r), at(r, 0), at(r, 1));
        case ATTENTION_PROBABILITIES -> probabilities(at(r, 0), number(r, 1));
        case SELECT -> at(r, 0).select(1, number(r, 1)).contiguous();
        case CROSS_ENTROPY -> gradient(crossEntropy(r), one(), at(r, 0));
        case KL_DIVERGENCE -> gradient(divergence(r), one(), at(r, 0));
        case ONE_HOT -> oneHot(at(r, 0));
        case ADAM_W -> adamW(r, (AdamWStep) r.at(4));
        case SGD -> sgd(r);
        case LERP -> at(r, 0).lerp_(at(r, 1), scalar(r, 2));
        case NORMALIZE -> normalize(r);
        case MIX -> at(r, 0).mul_(scalar(r, 2)).add_(at(r, 1).flip(0).mul(scalar(r, 3)));
        case PATCHES -> patches(at(r, 0), number(r, 1), at(r, 2));
        case UNPATCH -> images(at(r, 0), number(r, 1), at(r, 2));
        case EMBED -> embed(r);
        case EMBED_BACKWARD -> embedBackward(r);
        case CHANNELS_LAST -> toOurs(at(r, 0)).contiguous();
        case CHANNELS_FIRST -> toPyTorch(at(r, 0)).contiguous();
        case CONVOLUTION -> convolution(r);
        case CONVOLUTION_INPUT ->
            toOurs(convolutionGradients(r, 0, at(r, 2), 3, true).get0());
        case CONVOLUTION_WEIGHT ->
            at(r, 0).add_(convolutionGradients(r, 1, at(r, 0), 3, false).get1());
        case BATCH_STATISTICS ->
            torch.var_mean(at(r, 0), new long[] {0, 1, 2}, false, false).get1();
        case BATCH_NORM -> toOurs(batchNorm(r, toPyTorch(at(r, 0)), 1, false));
        case BATCH_NORM_BACKWARD ->
            gradient(forwards.get(r), toPyTorch(at(r, 0)), at(r, 1));
        case AVERAGE_POOL -> torch.adaptive_avg_pool2d(toPyTorch(at(r, 0)), 1, 1);
        case AVERAGE_POOL_BACKWARD ->
            at(r, 0).add(perPixel(at(r, 1)).div(new Scalar(pixels(at(r, 0)))));
        case SCALE_CHANNELS -> at(r, 0).mul(perPixel(at(r, 1)));
        case SCALE_CHANNELS_BACKWARD -> scaleBackward(r);
        case RELU -> torch.relu(at(r, 0));
        case RELU_BACKWARD -> torch.threshold_backward(at(r, 0), at(r, 1), new Scalar(0));
        case SIGMOID -> torch.sigmoid(at(r, 0));
        case SIGMOID_BACKWARD -> torch.sigmoid_backward(at(r, 0), at(r, 1));
      };
    }

    private static long[] lastSize(Tensor x) {
      return new long[] {x.size(-1)};
    }

    private static Tensor rows(Tensor x) {
      return x.reshape(-1, x.size(-1));
    }

    private static Tensor one() {
      return Tensor.create(1f).reshape();
    }

    private static Tensor toPyTorch(Tensor featureMap) {
      return featureMap.permute(0, 3, 1, 2);
    }

    private static Tensor toOurs(Tensor featureMap) {
      return featureMap.permute(0, 2, 3, 1);
    }

    /** Returns the gradient of one tensor, of a forward pass that is kept. */
    private static Tensor gradient(Tensor y, Tensor dy, Tensor x) {
      return torch
          .grad(
              new TensorVector(y),
              new TensorVector(x),
              new TensorVector(dy),
              new BoolOptional(true),
              false,
              false)
          .get(0);
    }

    private Tensor linearGradients(Reference r) {
      Tensor dy = rows(at(r, 2));
      at(r, 1).add_(dy.sum(0));
      return at(r, 0).add_(dy.t().mm(rows(at(r, 3))));
    }

    /** A branch times the factors of images and, if there are, those of channels. */
    private Tensor scaled(Reference r) {
      Tensor scaled = at(r, 0).mul(array(r, 1, at(r, 0).size(0), 1, 1));
      return r.at(2) == null ? scaled : scaled.mul(at(r, 2));
    }

    private static T_TensorTensorTensor_T normGradients(
        Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd, boolean input) {
      try (BoolPointer wanted = new BoolPointer(3)) {
        wanted.put(0, input).put(1, !input).put(2, !input);
        return torch.native_layer_norm_backward(
            rows(dy),
            rows(x),
            lastSize(x),
            mean.unsqueeze(1),
            rstd.unsqueeze(1),
            new TensorOptional(w),
            new TensorOptional(w),
            wanted);
      }
    }

    private Tensor normParameterGradients(Reference r) {
      T_TensorTensorTensor_T gradients =
          normGradients(at(r, 2), at(r, 3), at(r, 0), at(r, 4), at(r, 5), false);
      at(r, 1).add_(gradients.get2());
      return at(r, 0).add_(gradients.get1());
    }

    /** [3, B, heads, N, d] from [B, N, 3·D]. */
    private static Tensor perHead(Tensor qkv, int heads) {
      long width = qkv.size(2) / 3;
      return qkv.reshape(qkv.size(0), qkv.size(1), 3, heads, width / heads).permute(2, 0, 3, 1, 4);
    }

    private static Tensor attention(Tensor qkv, int heads) {
      Tensor split = perHead(qkv, heads);
      Tensor y =
          torch.scaled_dot_product_attention(
              split.select(0, 0), split.select(0, 1), split.select(0, 2));
      return y.transpose(1, 2).reshape(qkv.size(0), qkv.size(1), qkv.size(2) / 3);
    }

    private static Tensor probabilities(Tensor qkv, int heads) {
      Tensor split = perHead(qkv, heads);
      Scalar scale = new Scalar(1 / Math.sqrt(qkv.size(2) / 3.0 / heads));
      Tensor scores = split.select(0, 0).mul(scale).matmul(split.select(0, 1).transpose(2, 3));
      return torch.softmax(scores, -1);
    }

    private Tensor crossEntropy(Reference r) {
      return torch.cross_entropy_loss(
          at(r, 0), at(r, 1), new TensorOptional(), Reduction.Sum.value, NO_LABEL, 0);
    }

    private Tensor divergence(Reference r) {
      Tensor p = torch.log_softmax(at(r, 0).div(scalar(r, 2)), 1);
      Tensor q = torch.log_softmax(at(r, 1).div(scalar(r, 2)), 1);
      return torch.kl_div(p, q, Reduction.Sum.value, true);
    }

    private static Tensor oneHot(Tensor logits) {
      Tensor largest = torch.argmax(logits, new LongOptional(1), true);
      return torch.zeros_like(logits).scatter_(1, largest, new Scalar(1));
    }

    private Tensor adamW(Reference r, AdamWStep step) {
      Tensor g = at(r, 3);
      Tensor p = at(r, 0).mul_(new Scalar(step.decay()));
      Tensor m = at(r, 1).lerp_(g, new Scalar(1 - step.beta1()));
      Tensor v = at(r, 2).mul_(new Scalar(step.beta2()));
      v.addcmul_(g, g, new Scalar(1 - step.beta2()));
      Tensor root = v.sqrt().mul(new Scalar(step.rootScale())).add_(new Scalar(step.epsilon()));
      return p.addcdiv_(m, root, new Scalar(-step.stepSize()));
    }

    private Tensor sgd(Reference r) {
      Tensor step = at(r, 2).add(at(r, 0), scalar(r, 3));
      Tensor momentum = at(r, 1).mul_(scalar(r, 4)).add_(step);
      return at(r, 0).add_(momentum, new Scalar(-r.number(5)));
    }

    private Tensor normalize(Reference r) {
      Tensor x = at(r, 0).to(ScalarType.Float).div_(new Scalar(255));
      long channels = x.size(1);
      return x.sub_(array(r, 1, channels, 1, 1)).div_(array(r, 2, channels, 1, 1));
    }

    private static Tensor patches(Tensor images, int patch, Tensor patches) {
      long rows = images.size(2) / patch;
      long columns = images.size(3) / patch;
      return images
          .reshape(images.size(0), images.size(1), rows, patch, columns, patch)
          .permute(0, 2, 4, 1, 3, 5)
          .reshape(patches.size(0), patches.size(1));
    }

    private static Tensor images(Tensor patches, int patch, Tensor images) {
      long rows = images.size(2) / patch;
      long columns = images.size(3) / patch;
      return patches
          .reshape(images.size(0), rows, columns, images.size(1), patch, patch)
          .permute(0, 3, 1, 4, 2, 5)
          .reshape(images.size(0), images.size(1), images.size(2), images.size(3));
    }

    private Tensor embed(Reference r) {
      Tensor patches = at(r, 0);
      long width = patches.size(-1);
      long tokens = at(r, 2).size(0) - list(r, 1).size();
      Tensor images = patches.reshape(-1, tokens, width);
      TensorVector all = new TensorVector();
      list(r, 1)
          .forEach(
              token -> all.push_back(token.reshape(1, 1, width).expand(images.size(0), 1, width)));
      all.push_back(images);
      return torch.cat(all, 1).add(at(r, 2));
    }

    private Tensor embedBackward(Reference r) {
      Tensor dy = at(r, 2);
      List<Tensor> prefix = list(r, 0);
      for (int i = 0; i < prefix.size(); i++) {
        prefix.get(i).add_(dy.select(1, i).sum(0));
      }
      at(r, 1).add_(dy.sum(0));
      return dy.narrow(1, prefix.size(), dy.size(1) - prefix.size()).contiguous();
    }

    private static long[] padding(Tensor w) {
      return new long[] {(w.size(2) - 1) / 2, (w.size(3) - 1) / 2};
    }

    private Tensor convolution(Reference r) {
      Tensor w = at(r, 1);
      long[] stride = {number(r, 2), number(r, 2)};
      return toOurs(
          torch.conv2d(
              toPyTorch(at(r, 0)),
              w,
              new TensorOptional(),
              stride,
              padding(w),
              NO_DILATION,
              number(r, 3)));
    }

    /** Of dy and x from an operand on, and stride and groups from another. */
    private T_TensorTensorTensor_T convolutionGradients(
        Reference r, int dy, Tensor w, int stride, boolean input) {
      try (BoolPointer wanted = new BoolPointer(3)) {
        wanted.put(0, input).put(1, !input).put(2, false);
        return torch.convolution_backward(
            toPyTorch(at(r, dy)),
            toPyTorch(at(r, dy + 1)),
            w,
            new LongArrayRefOptional(),
            new long[] {number(r, stride), number(r, stride)},
            padding(w),
            NO_DILATION,
            false,
            NO_OUTPUT_PADDING,
            number(r, stride + 1),
            wanted);
      }
    }

    /** Behind x: the residual, in evaluation mean and variance, then w, b, epsilon. */
    private Tensor batchNorm(Reference r, Tensor x, int residual, boolean training) {
      int weight = residual + (training ? 1 : 3);
      Tensor normalized =
          torch.batch_norm(
              x,
              optional(r, weight),
              optional(r, weight + 1),
              training ? new TensorOptional() : optional(r, residual + 1),
              training ? new TensorOptional() : optional(r, residual + 2),
              training,
              0,
              r.number(weight + 2),
              false);
      return torch.relu(normalized.add(toPyTorch(at(r, residual))));
    }

    private static Tensor perPixel(Tensor channels) {
      return channels.reshape(channels.size(0), 1, 1, channels.size(1));
    }

    private static double pixels(Tensor featureMap) {
      return (double) featureMap.size(1) * featureMap.size(2);
    }

    private Tensor scaleBackward(Reference r) {
      at(r, 0).copy_(at(r, 1).mul(at(r, 2)).sum(1, 2));
      return at(r, 1).mul(perPixel(at(r, 3)));
    }
  }
}
