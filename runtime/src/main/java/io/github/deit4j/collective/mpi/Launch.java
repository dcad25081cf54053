package io.github.deit4j.collective.mpi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a launcher of many processes tells each of them in the environment.
 *
 * @param launcher who started it
 * @param rank this process's number, from 0
 * @param size how many processes the launcher started, 2 at least
 * @param localRank this process's number among those of its machine, from 0
 * @param localSize how many of them run on this machine
 */
public record Launch(Launcher launcher, int rank, int size, int localRank, int localSize) {
  /** A count of processes per machine, and on how many machines in a row: {@code 4(x2)}. */
  private static final Pattern TASKS = Pattern.compile("(\\d+)(?:\\(x(\\d+)\\))?");

  /**
   * Returns how this process was started, nothing if by no launcher that is known or as the only
   * one. Looks at the environment and nowhere else.
   *
   * @param environment of the process
   */
  public static Optional<Launch> detect(Map<String, String> environment) {
    return openMpi(environment)
        .or(() -> hydra(environment))
        .or(() -> slurm(environment))
        .filter(launch -> launch.size > 1);
  }

  private static Optional<Launch> openMpi(Map<String, String> environment) {
    return launch(
        Launcher.OPEN_MPI,
        number(environment, "OMPI_COMM_WORLD_RANK"),
        number(environment, "OMPI_COMM_WORLD_SIZE"),
        number(environment, "OMPI_COMM_WORLD_LOCAL_RANK"),
        number(environment, "OMPI_COMM_WORLD_LOCAL_SIZE"));
  }

  private static Optional<Launch> hydra(Map<String, String> environment) {
    return launch(
        Launcher.HYDRA,
        number(environment, "PMI_RANK"),
        number(environment, "PMI_SIZE"),
        number(environment, "MPI_LOCALRANKID"),
        number(environment, "MPI_LOCALNRANKS"));
  }

  /** Variables of a step, which {@code srun} starts; a batch script has those of its job only. */
  private static Optional<Launch> slurm(Map<String, String> environment) {
    OptionalInt node = number(environment, "SLURM_NODEID");
    List<Integer> tasks = tasksPerNode(environment.getOrDefault("SLURM_STEP_TASKS_PER_NODE", ""));
    boolean known = node.isPresent() && node.getAsInt() < tasks.size();
    return launch(
        Launcher.SLURM,
        number(environment, "SLURM_PROCID"),
        number(environment, "SLURM_STEP_NUM_TASKS"),
        number(environment, "SLURM_LOCALID"),
        known ? OptionalInt.of(tasks.get(node.getAsInt())) : OptionalInt.empty());
  }

  private static List<Integer> tasksPerNode(String text) {
    List<Integer> tasks = new ArrayList<>();
    for (String part : text.split(",")) {
      Matcher matcher = TASKS.matcher(part);
      if (!matcher.matches()) {
        return List.of();
      }
      int machines = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
      for (int i = 0; i < machines; i++) {
        tasks.add(Integer.valueOf(matcher.group(1)));
      }
    }
    return tasks;
  }

  private static Optional<Launch> launch(
      Launcher launcher,
      OptionalInt rank,
      OptionalInt size,
      OptionalInt localRank,
      OptionalInt localSize) {
    if (rank.isEmpty() || size.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Launch(
            launcher,
            rank.getAsInt(),
            size.getAsInt(),
            localRank.orElse(0),
            Math.max(1, localSize.orElse(1))));
  }

  private static OptionalInt number(Map<String, String> environment, String variable) {
    String value = environment.getOrDefault(variable, "");
    return value.matches("\\d{1,9}")
        ? OptionalInt.of(Integer.parseInt(value))
        : OptionalInt.empty();
  }
}
