package io.github.deit4j.cli;

import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.fetch.FetchException;
import io.github.deit4j.http.CannotListenException;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.run.OtherInputsException;
import io.github.deit4j.run.RunFolderException;
import io.github.deit4j.serve.ServeException;
import io.github.deit4j.tensor.ArenaLimitException;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.train.Agreement.RanksDifferException;
import io.github.deit4j.train.DivergedException;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into a message and an exit code. */
final class Failures {
  private static final String TRACE = "DEIT4J_TRACE";

  private final Terminal terminal;
  private final Ranks ranks;

  Failures(Terminal terminal, Ranks ranks) {
    this.terminal = terminal;
    this.ranks = ranks;
  }

  /** Reports a command line that cannot be understood. */
  int usage(ParameterException failure) {
    if (!ranks.maySay(ExitCode.USAGE)) {
      return ExitCode.USAGE;
    }
    CommandLine command = failure.getCommandLine();
    terminal.say(failure.getMessage());
    UnmatchedArgumentException.printSuggestions(failure, terminal.err());
    sayHowToGetHelp(command);
    return ExitCode.USAGE;
  }

  /** Reports what a command threw. */
  int report(Throwable failure, CommandLine command) {
    Throwable cause = cause(failure);
    int code = exitCode(cause);
    if (!ranks.maySay(code)) {
      return code;
    }
    terminal.say(ranks.name() + message(cause, code));
    if (code == ExitCode.USAGE) {
      sayHowToGetHelp(command);
    }
    if (terminal.environment().containsKey(TRACE)) {
      failure.printStackTrace(terminal.err());
    } else if (code == ExitCode.INTERNAL) {
      terminal.say("this is a defect; set " + TRACE + "=1 to see where it happened");
    }
    return code;
  }

  /** Returns what counts: where memory is short, many things fail for no other reason. */
  private static Throwable cause(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof OutOfMemoryError) {
        return each;
      }
    }
    return failure instanceof UncheckedIOException io ? io.getCause() : failure;
  }

  private void sayHowToGetHelp(CommandLine command) {
    terminal.say("try: " + command.getCommandSpec().qualifiedName() + " --help");
  }

  static int exitCode(Throwable failure) {
    return switch (failure) {
      case UsageException _, RecipeException _, RunFolderException _ -> ExitCode.USAGE;
      case DeviceException.Unsupported _, RanksDifferException _ -> ExitCode.USAGE;
      case CannotWriteException _ -> ExitCode.CANNOT_WRITE;
      case FormatException _, JsonException _, DatasetException _, CorruptImageException _ ->
          ExitCode.BAD_DATA;
      case ShapeException _, DivergedException _, OtherInputsException _ -> ExitCode.BAD_DATA;
      case CollectiveException.Aborted e -> e.code();
      case DeviceException _,
          CollectiveException _,
          ArenaLimitException _,
          OutOfMemoryError _,
          FetchException _,
          CannotListenException _,
          ServeException _ ->
          ExitCode.UNAVAILABLE;
      case InterruptedException _ -> ExitCode.INTERRUPTED;
      // Failed writes are CannotWriteExceptions, so these are of reads.
      case IOException _ -> ExitCode.BAD_DATA;
      default -> ExitCode.INTERNAL;
    };
  }

  private static String message(Throwable failure, int code) {
    return switch (failure) {
      case NoSuchFileException e -> e.getFile() + ": expected a file, found none";
      case AccessDeniedException e -> e.getFile() + ": cannot be read: permission denied";
      case CharacterCodingException e -> "a text file is not UTF-8: " + e.getMessage();
      case InterruptedException _ -> "interrupted";
      // What Java has of a disk that fails: its error, without the file's name.
      case IOException e when e.getClass() == IOException.class ->
          "a file cannot be read: " + e.getMessage();
      case OutOfMemoryError e ->
          "out of memory: %s; use a smaller batch, or give Java more (JDK_JAVA_OPTIONS=-Xmx…)"
              .formatted(e.getMessage());
      default ->
          code == ExitCode.INTERNAL || failure.getMessage() == null
              ? failure.toString()
              : failure.getMessage();
    };
  }
}
