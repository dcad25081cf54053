/** Java bindings of native libraries, and what needs restricted methods to be written by hand. */
@SuppressWarnings("module") // runtime is compiled later
module io.github.deit4j.bindings {
  exports io.github.deit4j.bindings;
  exports io.github.deit4j.bindings.cublas to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.cuda to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.mpi to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.nccl to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.nvrtc to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.openblas to
      io.github.deit4j.runtime;
  exports io.github.deit4j.bindings.turbojpeg to
      io.github.deit4j.model;
}
