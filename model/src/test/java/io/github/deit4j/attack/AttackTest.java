package io.github.deit4j.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.cuda.standin.StandInBuild;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import picocli.CommandLine;

/** A small part of what takes hours. */
@EnabledOnOs(OS.LINUX)
class AttackTest {
  @Test
  void operationsThatFailLoseNothing() {
    String[] sample = {
      "faults", "--kinds", "files", "--every", "43", "--commands", "train,export,pack"
    };
    assertThat(new CommandLine(new Attack()).execute(sample)).isZero();
  }

  @Test
  void memoryAndNativeCallsThatFailLoseNothing() {
    Optional<String> lack = StandInBuild.lack();
    assumeTrue(lack.isEmpty(), () -> "no C++ compiler: " + lack);
    String[] sample = {
      "faults", "--kinds", "memory,calls", "--every", "31", "--commands", "train,export"
    };
    assertThat(new CommandLine(new Attack()).execute(sample)).isZero();
  }

  @Test
  void aHeapThatIsTooSmallIsSaid() {
    String[] sample = {"faults", "--kinds", "heap", "--every", "5", "--commands", "train"};
    assertThat(new CommandLine(new Attack()).execute(sample)).isZero();
  }
}
