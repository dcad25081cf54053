package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Commands that the driver has captured, to be launched as one piece: the host makes one call, and
 * the device goes from one kernel to the next by itself. The memory that they work on must live
 * whenever it is launched.
 */
final class CudaGraph implements Closing.Closeable {
  private final CudaStream stream;
  private final MemorySegment executable;

  /**
   * Captures commands. Nothing is done by that. The context must be current.
   *
   * @param stream where the commands go
   */
  CudaGraph(CudaStream stream, List<Command> commands) {
    this.stream = stream;
    MemorySegment graph = capture(commands);
    var closing = new Closing();
    closing.undo(() -> destroy(graph));
    try {
      executable =
          Driver.handle(
              "cuGraphInstantiate of %,d commands".formatted(commands.size()),
              to -> Cuda.cuGraphInstantiateWithFlags(to, graph, 0));
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
    try {
      closing.close();
    } catch (RuntimeException e) {
      closing.undo(this::close);
      throw closing.after(e);
    }
  }

  private MemorySegment capture(List<Command> commands) {
    stream.beginCapture();
    try {
      commands.forEach(Command::issue);
    } catch (RuntimeException e) {
      try {
        destroy(stream.endCapture());
      } catch (RuntimeException alsoFailed) {
        e.addSuppressed(alsoFailed);
      }
      throw e;
    }
    return stream.endCapture();
  }

  private static void destroy(MemorySegment graph) {
    Driver.check("cuGraphDestroy", Cuda.cuGraphDestroy(graph));
  }

  /** Appends all of it to the stream. */
  void launch() {
    Driver.check("cuGraphLaunch", Cuda.cuGraphLaunch(executable, stream.handle()));
  }

  /** Lets go of it; the driver keeps what is still at work. */
  @Override
  public void close() {
    Driver.check("cuGraphExecDestroy", Cuda.cuGraphExecDestroy(executable));
  }
}
