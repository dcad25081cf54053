package io.github.deit4j.fetch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;

/** A place outside this machine that has a data set's files. */
interface FileSource {
  /** Returns what messages call the place. */
  String description();

  /**
   * Brings the files.
   *
   * @param names the files' names
   * @param folder an empty folder that receives them; anything else left there does no harm
   * @param say hears of each thing done
   * @throws FetchException if the place doesn't give them
   */
  void fetch(Collection<String> names, Path folder, Consumer<String> say)
      throws IOException, InterruptedException;
}
