package io.github.deit4j.op;

/**
 * A step that is taken again and again, such as one of training. A device that works behind the
 * host's back may take note of its ops instead of doing them, and be given all at once when it
 * ends: in one go, if it knows the step from before. Results are those of ops that are done as they
 * come.
 *
 * <pre>{@code
 * try (RecordedStep step = backend.recordStep()) {
 *   … // ops
 *   step.launch();
 * }
 * }</pre>
 *
 * <p>Whatever needs a result within the step is given it: what was noted so far is done first, and
 * the rest of the step as it comes.
 */
public interface RecordedStep extends AutoCloseable {
  /** One whose ops are done as they come. */
  RecordedStep NONE =
      new RecordedStep() {
        @Override
        public void launch() {}

        @Override
        public void close() {}
      };

  /** Has the noted ops done, if they are not yet. */
  void launch();

  /** Ends the step. If it was not launched, what was only noted is never done. */
  @Override
  void close();
}
