package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.backend.AdamWStep;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.backend.Checks;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Matrix;
import io.github.deit4j.cpu.kernel.PackedMatrix;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The backend of the host processor. Cuts every op into tasks for its {@link ThreadTeam}; the
 * {@link Kernels} do the arithmetic. May be used from several threads at once, on different
 * outputs.
 */
public final class CpuBackend implements Backend {
  /** Elements of one task of an elementwise op: enough to pay for handing it out. */
  static final long GRAIN = 16_384;

  private final String name;
  private final Kernels kernels;
  private final ThreadTeam team;
  private final CpuImages images;
  private final CpuTraining training;
  private final CpuAttention attention;

  /** Weights in a second layout, as long as their tensors live. */
  private final Map<Tensor, PackedMatrix> prepared =
      Collections.synchronizedMap(new WeakHashMap<>());

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
    this.images = new CpuImages(kernels, team);
    this.training = new CpuTraining(kernels, team);
    this.attention = new CpuAttention(kernels, team);
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

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "%s: %s kernels, %d thread%s"
        .formatted(name, kernels.description(), team.threads(), team.threads() == 1 ? "" : "s");
  }

  @Override
  public TensorArena arena(String name, long limit) {
    return new TensorArena(name, limit, new HostMemory());
  }

  @Override
  public void write(Tensor to, MemorySegment from) {
    to.segment().copyFrom(from);
    prepared.remove(to);
  }

  @Override
  public void read(MemorySegment to, Tensor from) {
    to.copyFrom(from.segment());
  }

  @Override
  public void copy(Tensor to, Tensor from) {
    Checks.exactly("copy", "to", to, from.dtype(), from.shape());
    prepared.remove(to);
    MemorySegment source = from.segment();
    MemorySegment target = to.segment();
    team.runRanges(
        source.byteSize(),
        4 * GRAIN,
        (start, end) -> MemorySegment.copy(source, start, target, start, end - start));
  }

  @Override
  public void fill(Tensor x, float value) {
    Checks.elements("fill", "x", x, x.elements());
    prepared.remove(x);
    MemorySegment memory = x.segment();
    int bits = Float.floatToRawIntBits(value);
    if (bits == 0) {
      team.runRanges(
          memory.byteSize(),
          4 * GRAIN,
          (start, end) -> memory.asSlice(start, end - start).fill((byte) 0));
    } else {
      for (long i = 0; i < x.elements(); i++) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      }
    }
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    Checks.elements("add", "a", a, y.elements());
    Checks.elements("add", "b", b, y.elements());
    MemorySegment sum = y.segment();
    MemorySegment left = a.segment();
    MemorySegment right = b.segment();
    team.runRanges(
        y.elements(), GRAIN, (from, to) -> kernels.elementwise().add(sum, left, right, from, to));
  }

  @Override
  public void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    Checks.rank("linear", "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linear", "x", x, rows, in);
    Checks.elements("linear", "b", b, out);
    Checks.elements("linear", "y", y, rows, out);
    Matrix result = Matrix.of(y.segment(), rows, out);
    Matrix bias = Matrix.repeatedRow(b.segment(), rows, out);
    Matrix input = Matrix.of(x.segment(), rows, in);
    Matrix weight = rightFactor(w);
    PackedMatrix packed = prepared.get(w);
    if (packed == null) {
      kernels.gemm().multiply(team, result, bias, input, weight);
    } else {
      kernels.gemm().multiply(team, result, bias, input, packed);
    }
  }

  private static Matrix rightFactor(Tensor w) {
    return Matrix.of(w.segment(), w.shape().size(0), w.shape().size(1)).transpose();
  }

  @Override
  public void prepare(Tensor w) {
    Checks.rank("prepare", "w", w, 2);
    prepared.put(w, kernels.gemm().pack(team, rightFactor(w)));
  }

  @Override
  public void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    Checks.rank("linearInputGradient", "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(dy.elements() / out);
    Checks.elements("linearInputGradient", "dy", dy, rows, out);
    Checks.elements("linearInputGradient", "dx", dx, rows, in);
    kernels
        .gemm()
        .multiply(
            team,
            Matrix.of(dx.segment(), rows, in),
            zeros(rows, in),
            Matrix.of(dy.segment(), rows, out),
            Matrix.of(w.segment(), out, in));
  }

  private static Matrix zeros(int rows, int columns) {
    return Matrix.repeatedRow(Zeros.atLeast(columns), rows, columns);
  }

  @Override
  public void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    Checks.rank("linearParameterGradients", "dw", dw, 2);
    int out = dw.shape().size(0);
    int in = dw.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linearParameterGradients", "x", x, rows, in);
    Checks.elements("linearParameterGradients", "dy", dy, rows, out);
    Checks.elements("linearParameterGradients", "db", db, out);
    Matrix sum = Matrix.of(dw.segment(), out, in);
    Matrix gradient = Matrix.of(dy.segment(), rows, out);
    kernels.gemm().multiply(team, sum, sum, gradient.transpose(), Matrix.of(x.segment(), rows, in));
    addRows(db.segment(), dy.segment(), out, out, rows);
  }

  private void addRows(MemorySegment sums, MemorySegment x, int columns, int stride, int rows) {
    team.runRanges(
        columns,
        columnGrain(columns),
        (from, to) -> kernels.reductions().addRows(sums, x, stride, rows, from, to));
  }

  /** Columns of one task: whole cache lines, at least two tasks per thread where it pays. */
  private long columnGrain(int columns) {
    return Math.max(16, columns / (2L * team.threads()) / 16 * 16);
  }

  @Override
  public void gelu(Tensor y, Tensor x) {
    Checks.elements("gelu", "y", y, x.elements());
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(x.elements(), GRAIN, (from, to) -> kernels.gelu().forward(out, in, from, to));
  }

  @Override
  public void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    Checks.elements("geluBackward", "dx", dx, x.elements());
    Checks.elements("geluBackward", "dy", dy, x.elements());
    MemorySegment result = dx.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        x.elements(), GRAIN, (from, to) -> kernels.gelu().backward(result, gradient, in, from, to));
  }

  @Override
  public void layerNorm(
      Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    int width = Math.toIntExact(w.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNorm", "x", x, rows, width);
    Checks.elements("layerNorm", "b", b, width);
    Checks.elements("layerNorm", "y", y, rows, width);
    Checks.elements("layerNorm", "mean", mean, rows);
    Checks.elements("layerNorm", "rstd", rstd, rows);
    MemorySegment out = y.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment bias = b.segment();
    team.runRanges(
        rows,
        rowGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .forward(out, means, rstds, in, weight, bias, epsilon, width, from, to));
  }

  static long rowGrain(int width) {
    return Math.max(1, GRAIN / width);
  }

  @Override
  public void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    int width = Math.toIntExact(w.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNormBackward", "x", x, rows, width);
    Checks.elements("layerNormBackward", "dy", dy, rows, width);
    Checks.elements("layerNormBackward", "base", base, rows, width);
    Checks.elements("layerNormBackward", "dx", dx, rows, width);
    Checks.elements("layerNormBackward", "mean", mean, rows);
    Checks.elements("layerNormBackward", "rstd", rstd, rows);
    MemorySegment result = dx.segment();
    MemorySegment start = base.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        rows,
        rowGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .backward(result, start, gradient, in, weight, means, rstds, width, from, to));
  }

  @Override
  public void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    int width = Math.toIntExact(dw.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNormParameterGradients", "x", x, rows, width);
    Checks.elements("layerNormParameterGradients", "dy", dy, rows, width);
    Checks.elements("layerNormParameterGradients", "db", db, width);
    Checks.elements("layerNormParameterGradients", "mean", mean, rows);
    Checks.elements("layerNormParameterGradients", "rstd", rstd, rows);
    MemorySegment dWeight = dw.segment();
    MemorySegment dBias = db.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        width,
        columnGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .parameterGradients(
                    dWeight, dBias, gradient, in, means, rstds, width, rows, from, to));
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
  public void attentionBackward(
      Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    attention.backward(dqkv, dy, qkv, max, reciprocal, heads);
  }

  @Override
  public void attentionProbabilities(Tensor probabilities, Tensor qkv, int heads) {
    attention.probabilities(probabilities, qkv, heads);
  }

  @Override
  public void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    training.crossEntropy(losses, dx, x, targets, factor);
  }

  @Override
  public void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    training.divergence(losses, dx, student, teacher, temperature, factor);
  }

  @Override
  public void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    prepared.remove(p);
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
    prepared.remove(p);
    training.sgd(p, b, g, gradientScale, weightDecay, momentum, learningRate);
  }

  @Override
  public void ema(Tensor average, Tensor p, double decay) {
    prepared.remove(average);
    training.ema(average, p, decay);
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
