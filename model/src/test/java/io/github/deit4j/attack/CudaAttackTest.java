package io.github.deit4j.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.cuda.standin.StandInBuild;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A small part of what takes hours, on the stand-in. */
class CudaAttackTest {
  @Test
  void callsOfADeviceThatFailLoseNothing() {
    Optional<String> lack = StandInBuild.lack();
    assumeTrue(lack.isEmpty(), () -> "no stand-in: " + lack);
    String[] sample = {"faults", "--kinds", "cuda", "--every", "2503", "--commands", "train"};
    assertThat(new CommandLine(new Attack()).execute(sample)).isZero();
  }
}
