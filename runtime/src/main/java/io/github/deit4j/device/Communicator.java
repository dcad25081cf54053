package io.github.deit4j.device;

import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * How the backends of several ranks hand each other tensors, which may lie where this process
 * cannot reach: so these are tensors, and no memory as {@link
 * io.github.deit4j.collective.Collective} takes it. All ranks make the same calls in the same
 * order, each from one thread; a call returns when everything meant for this rank is there and what
 * it has sent may change. Nothing is added up: the order of sums decides bits and is the caller's.
 *
 * <p>The calls that hand over throw a {@link io.github.deit4j.collective.CollectiveException} as
 * those of {@link io.github.deit4j.collective.Collective} do. After one, or an interrupt, nothing
 * but {@link #close} is of use.
 */
public interface Communicator extends AutoCloseable {
  /** Returns in words what carries the tensors, such as {@code NCCL 2.27.3}. */
  String description();

  /**
   * Sends tensors to other ranks and receives tensors from them.
   *
   * @param send by the rank that gets it; ranks that get nothing are left out
   * @param receive by the rank that it comes from; of the same size as what that rank sends;
   *     overlaps no other tensor of the call
   */
  void exchange(Map<Integer, Tensor> send, Map<Integer, Tensor> receive)
      throws InterruptedException;

  /**
   * Collects a tensor of every rank on all of them (all-gather).
   *
   * @param parts element r is rank r's: this rank's own is read, the others are written; of the
   *     same sizes on all ranks; none overlaps another
   */
  void gather(List<Tensor> parts) throws InterruptedException;

  /**
   * Lets go of what it holds. Waits for nobody: unless the work has failed, all ranks must have
   * ended their last call before one closes.
   */
  @Override
  void close();
}
