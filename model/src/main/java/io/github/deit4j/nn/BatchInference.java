package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Forward passes without gradients. On a CPU each thread takes a few images and all of their ops,
 * so that activations stay near the thread and threads never wait for each other; a GPU takes the
 * whole batch at once. Only one block's activations are kept. An image's logits do not depend on
 * its batch.
 *
 * <p>Holds the working memory of its passes until closed. Not to be used by two threads at once.
 */
public final class BatchInference implements AutoCloseable {
  private final Backend backend;
  private final Queue<Workspace> free = new ConcurrentLinkedQueue<>();

  /**
   * Takes no memory yet.
   *
   * @param backend stays the caller's to close
   */
  public BatchInference(Backend backend) {
    this.backend = backend;
  }

  /**
   * Computes the logits of every head.
   *
   * @param images [B, channels, imageSize, imageSize], normalised
   * @param arena where the logits are to lie
   * @throws io.github.deit4j.tensor.ShapeException if the images have other sizes than the model
   */
  public Logits logits(Model model, Tensor images, TensorArena arena) {
    int batch = images.shape().size(0);
    int classes = model.config().classes();
    var logits =
        new Logits(
            arena.allocate(batch, classes),
            model.config().distilled() ? arena.allocate(batch, classes) : null);
    inSlices(
        model,
        images,
        (pass, from, to) -> {
          Logits part = model.forward(pass, images.slice(from, to));
          backend.copy(logits.classLogits().slice(from, to), part.classLogits());
          if (part.distillation() != null) {
            backend.copy(logits.distillation().slice(from, to), part.distillation());
          }
        });
    return logits;
  }

  /**
   * Computes what the heads see, as {@link Model#features}.
   *
   * @param images [B, channels, imageSize, imageSize], normalised
   * @param features takes it, for each head [B, width]
   * @throws io.github.deit4j.tensor.ShapeException if the images have other sizes than the model
   */
  public void features(Model model, Tensor images, List<Tensor> features) {
    inSlices(
        model,
        images,
        (pass, from, to) -> {
          List<Tensor> part = model.features(pass, images.slice(from, to));
          for (int head = 0; head < part.size(); head++) {
            backend.copy(features.get(head).slice(from, to), part.get(head));
          }
        });
  }

  /** Computes some images of a batch. */
  private interface Slice {
    void compute(ForwardPass pass, int from, int to);
  }

  private void inSlices(Model model, Tensor images, Slice part) {
    Model.checkImages(model.config(), images);
    int batch = images.shape().size(0);
    if (batch == 0) {
      return;
    }
    int slice = backend.inferenceSlice(batch, images.elements() / batch);
    backend.forEach(
        (batch + slice - 1) / slice,
        index -> {
          int from = index * slice;
          inWorkspace(pass -> part.compute(pass, from, Math.min(batch, from + slice)));
        });
  }

  private void inWorkspace(Consumer<ForwardPass> work) {
    Workspace next = free.poll();
    Workspace workspace = next == null ? new Workspace() : next;
    try {
      work.accept(workspace.pass());
    } finally {
      free.add(workspace);
    }
  }

  /** Frees the working memory. */
  @Override
  public void close() {
    free.forEach(Workspace::close);
    free.clear();
  }

  /** The memory of one pass. */
  private final class Workspace {
    private final TensorArena arena;
    private final TensorArena blockArena;

    Workspace() {
      List<TensorArena> arenas = backend.arenas("inference", "inference, one block");
      arena = arenas.getFirst();
      blockArena = arenas.getLast();
    }

    ForwardPass pass() {
      arena.reset();
      return ForwardPass.evaluation(Ops.inference(backend, arena)).checkpointing(blockArena);
    }

    void close() {
      try (arena;
          blockArena) {
        // Both are closed, even if one fails.
      }
    }
  }
}
