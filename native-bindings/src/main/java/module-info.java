/** Java bindings of native libraries, and the search for these libraries. */
module io.github.deit4j.bindings {
  exports io.github.deit4j.bindings;
}
