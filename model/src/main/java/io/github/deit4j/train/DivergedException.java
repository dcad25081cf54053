package io.github.deit4j.train;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Training gave a loss, gradient or weight that is no finite number. The checkpoint from which the
 * last finite loss came is kept.
 */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Says what was found after a step, counted from 1, instead of finite numbers.
   *
   * @param sound the last checkpoint that gave a finite loss; empty if there is none
   */
  DivergedException(int step, String expected, String found, Optional<Path> sound) {
    super(
        ("step %d: expected %s, found %s; the step was not taken over: lower lr, set clip, or look"
                + " at the data. %s")
            .formatted(
                step,
                expected,
                found,
                sound
                    .map(
                        path ->
                            "The last checkpoint that gave a finite loss is kept, to start another"
                                + " run from: --set finetune="
                                + path.resolve(TrainingState.MODEL))
                    .orElse("No checkpoint so far gave a finite loss")));
  }
}
