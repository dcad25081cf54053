/** Java bindings of native libraries, and what needs restricted methods to be written by hand. */
module io.github.deit4j.bindings {
  exports io.github.deit4j.bindings;
}
