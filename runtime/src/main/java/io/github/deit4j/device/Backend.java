package io.github.deit4j.device;

import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What a model needs of the hardware: the forward and backward of every op, parameter updates, and
 * copies.
 *
 * <p>Ops write to given tensors and allocate none. Activation gradients are overwritten, parameter
 * gradients are added to. Shapes are checked first, and a {@link
 * io.github.deit4j.tensor.ShapeException} leaves every output untouched. In the shapes below, B is
 * images, N tokens, D the embedding width, C classes, R rows (any leading dimensions together).
 * Everything is float32 unless said otherwise.
 */
public interface Backend extends AutoCloseable {
  /** Returns the name by which it is chosen, such as {@code cpu}. */
  String name();

  /** Returns one line about what it runs on. */
  String description();

  /**
   * Opens an arena in this backend's memory.
   *
   * @param name what it is for, used in messages
   * @param limit the most bytes it may take
   */
  TensorArena arena(String name, long limit);

  /**
   * Copies host memory into the tensor.
   *
   * @throws io.github.deit4j.tensor.ShapeException if it has not the tensor's size in bytes
   */
  void write(Tensor to, MemorySegment from);

  /**
   * Copies a tensor to host memory.
   *
   * @throws io.github.deit4j.tensor.ShapeException if it has not the tensor's size in bytes
   */
  void read(MemorySegment to, Tensor from);

  /** Returns a float32 tensor's numbers as an array. */
  default float[] toArray(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    read(MemorySegment.ofArray(values), tensor);
    return values;
  }

  /**
   * Returns how many images of a batch a forward pass without gradients should take at once. By
   * default all, for devices that a single op has to fill.
   *
   * @param batch images, at least one
   * @param numbers of an image
   */
  default int inferenceSlice(int batch, long numbers) {
    return batch;
  }

  /**
   * Runs the tasks 0 to {@code tasks} − 1, which call ops on different outputs, in any order and
   * perhaps side by side, and returns when all are done.
   */
  default void forEach(int tasks, IntConsumer task) {
    for (int index = 0; index < tasks; index++) {
      task.accept(index);
    }
  }

  /** Copies {@code from} to {@code to}, of the same shape and type. */
  void copy(Tensor to, Tensor from);

  /** Sets every element. */
  void fill(Tensor x, float value);

  /** {@code y = a + b}. */
  void add(Tensor y, Tensor a, Tensor b);

  /**
   * {@code y = x + factors[image]·branch}: a residual connection with stochastic depth (Huang et
   * al. 2016).
   *
   * @param y [B, N, D]
   * @param factors one per image, or null for 1
   */
  void addBranch(Tensor y, Tensor x, Tensor branch, float[] factors);

  /** {@code dBranch = factors[image]·dy}. */
  void addBranchBackward(Tensor dBranch, Tensor dy, float[] factors);

  /**
   * Pixels to numbers: {@code y = (x/255 − mean)/std} per channel.
   *
   * @param y [B, channels, height, width]
   * @param x U8 of the same shape
   */
  void normalize(Tensor y, Tensor x, float[] mean, float[] std);

  /**
   * Overwrites boxes of images, one erasure after the other.
   *
   * @param x [B, channels, height, width]
   */
  void erase(Tensor x, List<Erasure> erasures);

  /**
   * Mixes image i of {@code x} with image B − 1 − i of {@code partners}, which stays as it is.
   *
   * @param x [B, channels, height, width]
   * @param partners of the same shape, other memory
   * @param mixes one per image of x
   */
  void mix(Tensor x, Tensor partners, List<ImageMix> mixes);

  /**
   * {@code y = x·wᵀ + b}, each element one chain that starts from its bias.
   *
   * @param y [R, out]
   * @param x [R, in]
   * @param w [out, in]
   * @param b [out]
   */
  void linear(Tensor y, Tensor x, Tensor w, Tensor b);

  /**
   * A linear layer and its activation: {@code pre = x·wᵀ + b}, {@code y = gelu(pre)}.
   *
   * @param y [R, out]
   * @param pre [R, out], kept for the backward pass; may be y where nobody needs it
   */
  default void linearGelu(Tensor y, Tensor pre, Tensor x, Tensor w, Tensor b) {
    linear(pre, x, w, b);
    gelu(y, pre);
  }

  /**
   * The linear layer at a branch's end and the residual connection: {@code y = base +
   * factors[image]·(x·wᵀ + b)}.
   *
   * @param y [B, N, out], not base
   * @param factors one per image, or null for 1
   */
  default void addLinear(Tensor y, Tensor base, Tensor x, Tensor w, Tensor b, float[] factors) {
    linear(y, x, w, b);
    addBranch(y, base, y, factors);
  }

  /**
   * The feed-forward branch and its residual connection where nothing is kept for a backward pass:
   * {@code y = base + gelu(x·w1ᵀ + b1)·w2ᵀ + b2}.
   *
   * @param y [B, N, out], not base
   * @param hidden [B, N, hidden], working memory; what it holds afterwards is of no meaning
   */
  default void addMlp(
      Tensor y, Tensor hidden, Tensor base, Tensor x, Tensor w1, Tensor b1, Tensor w2, Tensor b2) {
    linearGelu(hidden, hidden, x, w1, b1);
    addLinear(y, base, hidden, w2, b2, null);
  }

  /**
   * Says that a weight of {@link #linear} is used many times before it changes, so that the backend
   * may keep it in another layout too. Writing to its memory through the backend ends that; the
   * results are the same.
   *
   * @param w [out, in]
   */
  void prepare(Tensor w);

  /** {@code dx = dy·w}. */
  void linearInputGradient(Tensor dx, Tensor dy, Tensor w);

  /** The gradient of a linear layer on a GELU: {@code dx = (dy·w)·gelu'(pre)}. */
  default void linearGeluInputGradient(Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    linearInputGradient(dx, dy, w);
    geluBackward(dx, dx, pre);
  }

  /** {@code dw += dyᵀ·x, db += Σ dy}, rows in order. */
  void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x);

  /** {@code y = x·Φ(x)}, exact. */
  void gelu(Tensor y, Tensor x);

  /** {@code dx = dy·(Φ(x) + x·φ(x))}. */
  void geluBackward(Tensor dx, Tensor dy, Tensor x);

  /**
   * Layer normalisation over the last dimension, with biased variance.
   *
   * @param y [R, D]
   * @param mean [R], kept for the backward pass
   * @param rstd [R], kept for the backward pass
   * @param w [D]
   * @param b [D]
   */
  void layerNorm(Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon);

  /**
   * {@code y = x/(1 − rate)} where an element is kept, else 0 (Srivastava et al. 2014); also its
   * own gradient, with dy as x. Element e of image i is dropped if the e-th {@link
   * io.github.deit4j.random.Philox#nextFloat} of the stream {@code first.plus(i)} is below {@code
   * (float) rate}.
   *
   * @param y [B, ..]
   * @param x of the same shape, may be y
   * @param rate of [0, 1)
   * @param first the stream of image 0
   */
  void dropout(Tensor y, Tensor x, double rate, StreamKey first);

  /** {@code dx = base +} the gradient through the normalisation; base may be dx. */
  void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd);

  /** Adds the gradients of weight and bias, rows in order. */
  void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd);

  /**
   * {@code y = softmax(q·kᵀ/√(D/heads))·v} per head.
   *
   * @param y [B, N, D]
   * @param max row maxima of the scaled scores, [B, heads, N], kept for the backward pass
   * @param reciprocal reciprocal row sums, [B, heads, N], kept for the backward pass
   * @param qkv [B, N, 3·D]: q, k and v side by side, head after head within each
   */
  void attention(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads);

  /**
   * {@link #attention} of a linear layer's output where nothing is kept for a backward pass: {@code
   * q, k, v = x·wᵀ + b}.
   *
   * @param y [B, N, D]
   * @param qkv [B, N, 3·D], working memory; what it holds afterwards is of no meaning
   * @param max [B, heads, N], working memory
   * @param reciprocal [B, heads, N], working memory
   * @param x [B, N, in], not overlapping y
   * @param w [3·D, in]
   * @param b [3·D]
   */
  default void selfAttention(
      Tensor y,
      Tensor qkv,
      Tensor max,
      Tensor reciprocal,
      Tensor x,
      Tensor w,
      Tensor b,
      int heads) {
    linear(qkv, x, w, b);
    attention(y, max, reciprocal, qkv, heads);
  }

  /** The gradient of {@link #attention} with respect to qkv. */
  void attentionBackward(
      Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads);

  /** The probabilities of {@link #attention}, [B, heads, N, N]. */
  void attentionProbabilities(Tensor probabilities, Tensor qkv, int heads);

  /**
   * Cuts images into patches, patch by patch in rows, each as (channel, row, column).
   *
   * @param patches [B·patches, channels·patch²]
   * @param images [B, channels, height, width]
   */
  void patches(Tensor patches, Tensor images, int patch);

  /** Puts patches back in their places: the gradient of {@link #patches}. */
  void patchesBackward(Tensor images, Tensor patches, int patch);

  /**
   * Puts prefix tokens in front of the patch tokens and adds the position embedding.
   *
   * @param y [B, N, D]
   * @param patches [B·(N − prefix), D]
   * @param prefix class token, distillation token, each with D elements
   * @param positions with N·D elements
   */
  void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions);

  /**
   * The gradient of {@link #embed}: overwrites dPatches, adds to the others, images in order.
   *
   * @param dPrefix one per prefix token
   */
  void embedBackward(Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy);

  /** {@code y[b] = x[b, token]}: [B, D] from [B, N, D]. */
  void selectToken(Tensor y, Tensor x, int token);

  /** {@code dx[b, token] = dy[b]}; the other tokens' gradients stay as they are. */
  void selectTokenBackward(Tensor dx, Tensor dy, int token);

  /** Returns the ops of convolutional networks. */
  ConvolutionOps convolutions();

  /**
   * Cross entropy with soft targets; hard labels and label smoothing are targets too. {@code losses
   * = Σ t·(log Σexp(x) − x)} per image, {@code dx = factor·(softmax(x)·Σt − t)}.
   *
   * @param losses F64 [B]
   * @param dx [B, C]
   * @param x logits, [B, C]
   * @param targets [B, C]
   */
  void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor);

  /**
   * Kullback–Leibler divergence of student from teacher at a temperature: {@code losses = Σ q·(log
   * q − log p)} per image with {@code q = softmax(teacher/T)}, {@code p = softmax(student/T)};
   * {@code dx = factor·(p − q)/T}.
   *
   * @param losses F64 [B]
   * @param dx [B, C]
   */
  void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor);

  /**
   * One-hot rows: 1 at the first of a row's largest numbers, else 0. In a row with NaN the first
   * NaN stays, and all else is 0.
   *
   * @param y [B, C]
   * @param x logits, [B, C]
   */
  void hardLabels(Tensor y, Tensor x);

  /**
   * How well logits find the true classes. By the probabilities {@code p = softmax(x)}, or {@code p
   * = ½(softmax(x) + softmax(other))}, both in double: {@code ranks} = the number of classes that
   * are more probable than the true one, or as probable and earlier; {@code losses = −log p} of the
   * true one.
   *
   * @param ranks I32 [B]
   * @param losses F64 [B]
   * @param x logits, [B, C]
   * @param other of x's shape, or null
   * @param labels the true classes, one for each image
   */
  void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels);

  /** Returns Σx² over all tensors: blocks of 4096 by the 16-lane rule, added in double in order. */
  double sumOfSquares(List<Tensor> tensors);

  /** Updates a parameter and its moments. */
  void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step);

  /**
   * SGD with momentum as in PyTorch: {@code b = momentum·b + gradientScale·g + weightDecay·p, p −=
   * lr·b}.
   */
  void sgd(
      Tensor p,
      Tensor b,
      Tensor g,
      double gradientScale,
      double weightDecay,
      double momentum,
      double learningRate);

  /** {@code average = decay·average + (1 − decay)·p}. */
  void ema(Tensor average, Tensor p, double decay);

  /**
   * {@link #adamW} and then {@link #ema} of the updated parameter, with the same bits; on the CPU
   * in one pass over memory.
   */
  default void adamWEma(
      Tensor p, Tensor m, Tensor v, Tensor average, Tensor g, AdamWStep step, double decay) {
    adamW(p, m, v, g, step);
    ema(average, p, decay);
  }

  /**
   * Makes the first training step of a DeiT about as fast as later ones, where a new process would
   * run it slowly: on the CPU the JVM compiles the kernels while they work on made-up numbers.
   * Takes two threads some seconds the first time; meant for a thread of its own while files are
   * read, with a wait for its end before the step. Changes no result, and nothing has to call it.
   */
  default void warmUp() {}

  /**
   * Waits until all work so far is done, where ops are queued on a device; elsewhere it is done
   * when an op returns.
   *
   * @throws DeviceFailureException if it has failed
   */
  default void synchronize() {}

  /** Ends the backend's threads or device context. Arenas stay the caller's to close. */
  @Override
  void close();
}
