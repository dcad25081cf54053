package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Closing;
import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.CudaLibraries;
import io.github.deit4j.cuda.device.DeviceMemory;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.ChunkSource;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The backend of one NVIDIA device. Ops are queued on the device in the order of the calls and may
 * come from several threads; only reading a result waits for it. The same calls give the same bits
 * on the same machine.
 */
public final class CudaBackend implements Backend {
  private final CudaContext context;
  private final Precision precision;
  private final Launcher launcher;
  private final Products products;
  private final CudaLayers layers;
  private final CudaImages images;
  private final CudaAugmentation augmentation;
  private final CudaTraining training;
  private final CudaAttention attention;
  private final CudaConvolutionOps convolutions;
  private final Closing closing = new Closing();

  /**
   * Opens a device.
   *
   * @param device its number, from 0
   * @param precision of matrix products
   * @throws io.github.deit4j.device.DeviceException if a library, the device, or what they need is
   *     missing, unfit or fails
   */
  public CudaBackend(int device, Precision precision) {
    this.precision = precision;
    this.context = closing.add(new CudaContext(device, precision));
    try {
      this.launcher = closing.add(new Launcher(context));
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
    this.products = closing.add(new Products(launcher, precision));
    this.layers = new CudaLayers(launcher, products);
    this.images = new CudaImages(launcher);
    this.augmentation = new CudaAugmentation(launcher);
    this.training = new CudaTraining(launcher);
    this.attention = new CudaAttention(launcher, precision);
    this.convolutions = new CudaConvolutionOps(launcher, products, precision);
  }

  @Override
  public String name() {
    return context.device();
  }

  @Override
  public String description() {
    CudaLibraries libraries = context.libraries();
    return "%s: %s, %s, driver for CUDA %s, cuBLAS %s, NVRTC %s"
        .formatted(
            name(),
            context.info().description(),
            precision.key(),
            libraries.driver(),
            libraries.cublas(),
            libraries.nvrtc());
  }

  @Override
  public TensorArena arena(String name, long limit) {
    return new TensorArena(name, limit, new ArenaMemory(context.memory(name)));
  }

  /** An arena's memory, at whose end nothing is kept of weights that lay there. */
  private final class ArenaMemory implements ChunkSource {
    private final DeviceMemory memory;
    private final Closing regions = new Closing();

    ArenaMemory(DeviceMemory memory) {
      this.memory = regions.add(memory);
    }

    @Override
    public Region allocate(long bytes) {
      Region.Device region = memory.allocate(bytes);
      regions.undo(() -> products.forget(region.address(), region.bytes()));
      return region;
    }

    @Override
    public void close() {
      regions.close();
    }
  }

  @Override
  public void write(Tensor to, MemorySegment from) {
    Checks.hostMemory("write", to, from);
    launcher.run(
        () -> {
          products.forget(to);
          context.write(to, from);
        });
  }

  @Override
  public void read(MemorySegment to, Tensor from) {
    Checks.hostMemory("read", from, to);
    context.read(to, from);
  }

  @Override
  public void copy(Tensor to, Tensor from) {
    Checks.exactly("copy", "to", to, from.dtype(), from.shape());
    launcher.run(
        () -> {
          products.forget(to);
          context.copy(to, from);
        });
  }

  @Override
  public void fill(Tensor x, float value) {
    Checks.elements("fill", "x", x, x.elements());
    launcher.run(
        () -> {
          products.forget(x);
          launcher.elements("elementwise", "fill", x.elements(), x, value);
        });
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    Checks.elements("add", "a", a, y.elements());
    Checks.elements("add", "b", b, y.elements());
    launcher.run(() -> launcher.elements("elementwise", "add", y.elements(), y, a, b));
  }

  @Override
  public void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    launcher.run(() -> layers.linear(y, x, w, b));
  }

  @Override
  public void prepare(Tensor w) {
    Checks.rank("prepare", "w", w, 2);
    launcher.run(() -> products.prepare(w));
  }

  @Override
  public void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    launcher.run(() -> layers.linearInputGradient(dx, dy, w));
  }

  @Override
  public void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    launcher.run(() -> layers.linearParameterGradients(dw, db, dy, x));
  }

  @Override
  public void gelu(Tensor y, Tensor x) {
    launcher.run(() -> layers.gelu(y, x));
  }

  @Override
  public void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    launcher.run(() -> layers.geluBackward(dx, dy, x));
  }

  @Override
  public void layerNorm(
      Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    launcher.run(() -> layers.layerNorm(y, mean, rstd, x, w, b, epsilon));
  }

  @Override
  public void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    launcher.run(() -> layers.layerNormBackward(dx, base, dy, x, w, mean, rstd));
  }

  @Override
  public void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    launcher.run(() -> layers.layerNormParameterGradients(dw, db, dy, x, mean, rstd));
  }

  @Override
  public void addBranch(Tensor y, Tensor x, Tensor branch, float[] factors) {
    launcher.run(() -> images.addBranch(y, x, branch, factors));
  }

  @Override
  public void addBranchBackward(Tensor dBranch, Tensor dy, float[] factors) {
    launcher.run(() -> images.addBranchBackward(dBranch, dy, factors));
  }

  @Override
  public void normalize(Tensor y, Tensor x, float[] mean, float[] std) {
    launcher.run(() -> images.normalize(y, x, mean, std));
  }

  @Override
  public void erase(Tensor x, List<Erasure> erasures) {
    launcher.run(() -> augmentation.erase(x, erasures));
  }

  @Override
  public void mix(Tensor x, Tensor partners, List<ImageMix> mixes) {
    launcher.run(() -> augmentation.mix(x, partners, mixes));
  }

  @Override
  public void dropout(Tensor y, Tensor x, double rate, StreamKey first) {
    launcher.run(() -> augmentation.dropout(y, x, rate, first));
  }

  @Override
  public void patches(Tensor patches, Tensor images, int patch) {
    launcher.run(() -> this.images.patches(patches, images, patch));
  }

  @Override
  public void patchesBackward(Tensor images, Tensor patches, int patch) {
    launcher.run(() -> this.images.patchesBackward(images, patches, patch));
  }

  @Override
  public void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    launcher.run(() -> images.embed(y, patches, prefix, positions));
  }

  @Override
  public void embedBackward(Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    launcher.run(() -> images.embedBackward(dPatches, dPrefix, dPositions, dy));
  }

  @Override
  public void selectToken(Tensor y, Tensor x, int token) {
    launcher.run(() -> images.selectToken(y, x, token));
  }

  @Override
  public void selectTokenBackward(Tensor dx, Tensor dy, int token) {
    launcher.run(() -> images.selectTokenBackward(dx, dy, token));
  }

  @Override
  public void attention(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads) {
    launcher.run(() -> attention.forward(y, max, reciprocal, qkv, heads));
  }

  @Override
  public void attentionBackward(
      Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    launcher.run(() -> attention.backward(dqkv, dy, qkv, max, reciprocal, heads));
  }

  @Override
  public void attentionProbabilities(Tensor probabilities, Tensor qkv, int heads) {
    launcher.run(() -> attention.probabilities(probabilities, qkv, heads));
  }

  @Override
  public ConvolutionOps convolutions() {
    return convolutions;
  }

  @Override
  public void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    launcher.run(() -> training.crossEntropy(losses, dx, x, targets, factor));
  }

  @Override
  public void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    launcher.run(() -> training.divergence(losses, dx, student, teacher, temperature, factor));
  }

  @Override
  public void hardLabels(Tensor y, Tensor x) {
    launcher.run(() -> training.hardLabels(y, x));
  }

  @Override
  public void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    launcher.run(() -> training.score(ranks, losses, x, other, labels));
  }

  @Override
  public double sumOfSquares(List<Tensor> tensors) {
    return launcher.call(() -> training.sumOfSquares(tensors));
  }

  @Override
  public void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    launcher.run(
        () -> {
          products.forget(p);
          training.adamW(p, m, v, g, step);
        });
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
    launcher.run(
        () -> {
          products.forget(p);
          training.sgd(p, b, g, gradientScale, weightDecay, momentum, learningRate);
        });
  }

  @Override
  public void ema(Tensor average, Tensor p, double decay) {
    launcher.run(
        () -> {
          products.forget(average);
          training.ema(average, p, decay);
        });
  }

  @Override
  public void synchronize() {
    context.synchronize();
  }

  @Override
  public void close() {
    closing.close();
  }
}
