package io.github.deit4j.cpu;

import io.github.deit4j.cpu.gemm.OpenBlasGemm;
import io.github.deit4j.cpu.kernel.KernelWarmUp;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The backend of the host processor. Cuts every op into tasks for its {@link ThreadTeam}; the
 * {@link Kernels} do the arithmetic. May be used from several threads at once, on different
 * outputs.
 */
public final class CpuBackend implements Backend {
  /** Elements of one task of an elementwise op: enough to pay for handing it out. */
  static final long GRAIN = 16_384;

  private static final long INFERENCE_NUMBERS = 4 * 3 * 224 * 224;

  private final String name;
  private final Kernels kernels;
  private final ThreadTeam team;
  private final PreparedWeights prepared = new PreparedWeights();
  private final CpuMemory memory;
  private final CpuLayers layers;
  private final CpuImages images;
  private final CpuAugmentation augmentation;
  private final CpuTraining training;
  private final CpuAttention attention;
  private final CpuConvolutionOps convolutions;

  /**
   * Starts a backend with the fastest kernels of this JVM.
   *
   * @param threads how many threads share each op, the caller included
   */
  public CpuBackend(int threads) {
    this(threads, Kernels.best());
  }

  /** Starts a backend with the given kernels. */
  public CpuBackend(int threads, Kernels kernels) {
    this("cpu", threads, kernels);
  }

  private CpuBackend(String name, int threads, Kernels kernels) {
    this.name = name;
    this.kernels = kernels;
    this.team = new ThreadTeam(threads);
    this.memory = new CpuMemory(team);
    this.layers = new CpuLayers(kernels, team, prepared);
    this.images = new CpuImages(kernels, team);
    this.augmentation = new CpuAugmentation(kernels, team);
    this.training = new CpuTraining(kernels, team);
    this.attention = new CpuAttention(kernels, team, prepared);
    this.convolutions = new CpuConvolutionOps(kernels, team, prepared);
  }

  /**
   * Starts a backend with the fastest kernels of this JVM, but the matrix product of OpenBLAS,
   * which {@link io.github.deit4j.bindings.NativeLibraries#openBlas()} has loaded.
   *
   * @param threads how many threads share each op, the caller included
   */
  public static CpuBackend withOpenBlas(int threads) {
    Kernels own = Kernels.best();
    var gemm = new OpenBlasGemm(own.gemm());
    return new CpuBackend("openblas", threads, own.withGemm(gemm.description(), gemm));
  }

  /**
   * Starts a backend for a short job, such as a single image, with {@link Kernels#quickStart()}:
   * the same bits, sooner.
   *
   * @param threads how many threads share each op, the caller included
   */
  public static CpuBackend quickStart(int threads) {
    return new CpuBackend(threads, Kernels.quickStart());
  }

  /** Rows of one task of an op on rows of so many numbers. */
  static long rowGrain(int width) {
    return Math.max(1, GRAIN / width);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "%s: %s kernels, %d thread%s"
        .formatted(name, kernels.description(), team.size(), team.size() == 1 ? "" : "s");
  }

  @Override
  public void warmUp() {
    KernelWarmUp.run(kernels, team);
  }

  @Override
  public TensorArena arena(String name, long limit) {
    return new TensorArena(name, limit, new HostMemory());
  }

  @Override
  public void write(Tensor to, MemorySegment from) {
    Checks.hostMemory("write", to, from);
    prepared.forget(to);
    to.segment().copyFrom(from);
  }

  @Override
  public void read(MemorySegment to, Tensor from) {
    Checks.hostMemory("read", from, to);
    to.copyFrom(from.segment());
  }

  /**
   * About four images of 224 pixels, and no more than a thread's share: the fewer, the nearer are
   * their activations; the more, the fewer times each thread reads all weights from memory.
   */
  @Override
  public int inferenceSlice(int batch, long numbers) {
    long most = Math.min(INFERENCE_NUMBERS / numbers, batch / team.size());
    return (int) Math.max(1, most);
  }

  @Override
  public void forEach(int tasks, IntConsumer task) {
    team.forEach(tasks, task);
  }

  @Override
  public void copy(Tensor to, Tensor from) {
    prepared.forget(to);
    memory.copy(to, from);
  }

  @Override
  public void fill(Tensor x, float value) {
    prepared.forget(x);
    memory.fill(x, value);
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    images.add(y, a, b);
  }

  @Override
  public void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    layers.linear(y, x, w, b);
  }

  @Override
  public void linearGelu(Tensor y, Tensor pre, Tensor x, Tensor w, Tensor b) {
    layers.linearGelu(y, pre, x, w, b);
  }

  @Override
  public void addLinear(Tensor y, Tensor base, Tensor x, Tensor w, Tensor b, float[] factors) {
    layers.addLinear(y, base, x, w, b, factors);
  }

  @Override
  public void addMlp(
      Tensor y, Tensor hidden, Tensor base, Tensor x, Tensor w1, Tensor b1, Tensor w2, Tensor b2) {
    layers.addMlp(y, hidden, base, x, w1, b1, w2, b2);
  }

  @Override
  public void prepare(Tensor w) {
    layers.prepare(w);
  }

  @Override
  public void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    layers.linearInputGradient(dx, dy, w);
  }

  @Override
  public void linearGeluInputGradient(Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    layers.linearGeluInputGradient(dx, dy, w, pre);
  }

  @Override
  public void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    layers.linearParameterGradients(dw, db, dy, x);
  }

  @Override
  public void gelu(Tensor y, Tensor x) {
    layers.gelu(y, x);
  }

  @Override
  public void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    layers.geluBackward(dx, dy, x);
  }

  @Override
  public void layerNorm(
      Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    layers.layerNorm(y, mean, rstd, x, w, b, epsilon);
  }

  @Override
  public void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    layers.layerNormBackward(dx, base, dy, x, w, mean, rstd);
  }

  @Override
  public void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    layers.layerNormParameterGradients(dw, db, dy, x, mean, rstd);
  }

  @Override
  public void addBranch(Tensor y, Tensor x, Tensor branch, float[] factors) {
    images.addBranch(y, x, branch, factors);
  }

  @Override
  public void addBranchBackward(Tensor dBranch, Tensor dy, float[] factors) {
    images.addBranchBackward(dBranch, dy, factors);
  }

  @Override
  public void normalize(Tensor y, Tensor x, float[] mean, float[] std) {
    images.normalize(y, x, mean, std);
  }

  @Override
  public void erase(Tensor x, List<Erasure> erasures) {
    augmentation.erase(x, erasures);
  }

  @Override
  public void mix(Tensor x, Tensor partners, List<ImageMix> mixes) {
    augmentation.mix(x, partners, mixes);
  }

  @Override
  public void dropout(Tensor y, Tensor x, double rate, StreamKey first) {
    augmentation.dropout(y, x, rate, first);
  }

  @Override
  public void patches(Tensor patches, Tensor images, int patch) {
    this.images.patches(patches, images, patch);
  }

  @Override
  public void patchesBackward(Tensor images, Tensor patches, int patch) {
    this.images.patchesBackward(images, patches, patch);
  }

  @Override
  public void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    images.embed(y, patches, prefix, positions);
  }

  @Override
  public void embedBackward(Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    images.embedBackward(dPatches, dPrefix, dPositions, dy);
  }

  @Override
  public void selectToken(Tensor y, Tensor x, int token) {
    images.selectToken(y, x, token);
  }

  @Override
  public void selectTokenBackward(Tensor dx, Tensor dy, int token) {
    images.selectTokenBackward(dx, dy, token);
  }

  @Override
  public void attention(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads) {
    attention.forward(y, max, reciprocal, qkv, heads);
  }

  @Override
  public void selfAttention(
      Tensor y,
      Tensor qkv,
      Tensor max,
      Tensor reciprocal,
      Tensor x,
      Tensor w,
      Tensor b,
      int heads) {
    if (!attention.forwardWithProjection(y, x, w, b, heads)) {
      Backend.super.selfAttention(y, qkv, max, reciprocal, x, w, b, heads);
    }
  }

  @Override
  public void attentionBackward(
      Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    attention.backward(dqkv, dy, qkv, max, reciprocal, heads);
  }

  @Override
  public void attentionProbabilities(Tensor probabilities, Tensor qkv, int heads) {
    attention.probabilities(probabilities, qkv, heads);
  }

  @Override
  public ConvolutionOps convolutions() {
    return convolutions;
  }

  @Override
  public void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    training.crossEntropy(losses, dx, x, targets, factor);
  }

  @Override
  public void hardLabels(Tensor y, Tensor x) {
    training.hardLabels(y, x);
  }

  @Override
  public void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    training.score(ranks, losses, x, other, labels);
  }

  @Override
  public void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    training.divergence(losses, dx, student, teacher, temperature, factor);
  }

  @Override
  public void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    prepared.forget(p);
    training.adamW(p, m, v, g, step);
  }

  @Override
  public void sgd(
      Tensor p,
      Tensor b,
      Tensor g,
      double gradientScale,
      double weightDecay,
      double momentum,
      double learningRate) {
    prepared.forget(p);
    training.sgd(p, b, g, gradientScale, weightDecay, momentum, learningRate);
  }

  @Override
  public void ema(Tensor average, Tensor p, double decay) {
    prepared.forget(average);
    training.ema(average, p, decay);
  }

  @Override
  public void adamWEma(
      Tensor p, Tensor m, Tensor v, Tensor average, Tensor g, AdamWStep step, double decay) {
    prepared.forget(p);
    prepared.forget(average);
    training.adamWEma(p, m, v, average, g, step, decay);
  }

  @Override
  public double sumOfSquares(List<Tensor> tensors) {
    return training.sumOfSquares(tensors);
  }

  @Override
  public void close() {
    team.close();
  }
}
