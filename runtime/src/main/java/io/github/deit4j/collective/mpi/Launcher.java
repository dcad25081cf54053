package io.github.deit4j.collective.mpi;

import io.github.deit4j.bindings.MpiFamily;

/** Programs that start many processes at once and tell each its number. */
public enum Launcher {
  /** {@code mpirun} of Open MPI. */
  OPEN_MPI("mpirun of Open MPI", MpiFamily.OPEN_MPI),

  /** {@code mpiexec} of MPICH, Intel MPI and MVAPICH. */
  HYDRA("mpiexec of MPICH", MpiFamily.MPICH),

  /** {@code srun}, for whichever MPI the cluster has. */
  SLURM("srun of Slurm", MpiFamily.ANY);

  private final String title;
  private final MpiFamily family;

  Launcher(String title, MpiFamily family) {
    this.title = title;
    this.family = family;
  }

  /** Returns whose library knows the launcher. */
  MpiFamily family() {
    return family;
  }

  /** Returns what people call it. */
  @Override
  public String toString() {
    return title;
  }
}
