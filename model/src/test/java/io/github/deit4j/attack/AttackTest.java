package io.github.deit4j.attack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import picocli.CommandLine;

/** A small part of what takes hours. */
@EnabledOnOs(OS.LINUX)
class AttackTest {
  @Test
  void operationsThatFailLoseNothing() {
    String[] sample = {"faults", "--every", "43", "--commands", "train,export,pack"};
    assertThat(new CommandLine(new Attack()).execute(sample)).isZero();
  }
}
