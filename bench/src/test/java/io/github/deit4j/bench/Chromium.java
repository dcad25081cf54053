package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window. */
final class Chromium {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final long PATIENCE_SECONDS = 120;

  private final Path program;
  private final Path folder;

  private Chromium(Path program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /**
   * Looks for it in {@code PATH}.
   *
   * @param folder for its files
   */
  static Optional<Chromium> find(Path folder) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new Chromium(program, folder));
  }

  /**
   * What a page has become.
   *
   * @param dom after scripts have run
   * @param console what was written there, errors of the page among it
   */
  record Page(String dom, List<String> console) {}

  /** Opens a page. */
  Page open(Path page, boolean dark) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "dom", ".html");
    Path log = Files.createTempFile(folder, "log", ".txt");
    List<String> command =
        List.of(
            program.toString(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
            "--user-data-dir=" + Files.createTempDirectory(folder, "profile"),
            "--window-size=1400,1000",
            "--dump-dom",
            page.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(log.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(
          "Chromium: expected an end within %d s; it said: %s"
              .formatted(PATIENCE_SECONDS, Files.readString(log)));
    }
    List<String> console = new ArrayList<>();
    new String(Files.readAllBytes(log), UTF_8)
        .lines()
        .filter(line -> line.contains(":CONSOLE"))
        .forEach(console::add);
    return new Page(new String(Files.readAllBytes(out), UTF_8), console);
  }
}
