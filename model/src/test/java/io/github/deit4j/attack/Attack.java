package io.github.deit4j.attack;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The campaigns that look for defects, for as long as one likes; {@code bench/attack.sh} starts
 * them. A small part of each is in the suite.
 */
@Command(
    name = "attack.sh",
    description = "Looks for defects by attack.",
    mixinStandardHelpOptions = true,
    subcommands = {
      FuzzCampaign.class,
      KillCampaign.class,
      FaultCampaign.class,
      Soak.class,
      Crowd.class
    })
public final class Attack {
  Attack() {}

  /**
   * Runs a campaign and ends the JVM: 0 if nothing was found, 1 if something was.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Attack()).execute(args));
  }
}
