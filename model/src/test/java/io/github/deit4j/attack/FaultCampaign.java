package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.DiskProvider;
import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.attack.disk.Operation;
import io.github.deit4j.cli.Cli;
import io.github.deit4j.cli.TinyFashionMnist;
import io.github.deit4j.cli.TinyTraining;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fails every operation on files of six commands: once, once and all later ones, and by a power
 * failure of two kinds. Each time there has to be the right exit code, no file may be there by
 * half, and going on has to give the bits of an undisturbed run.
 */
@Command(
    name = "faults",
    description = "Lets every operation of six commands fail.",
    mixinStandardHelpOptions = true)
final class FaultCampaign implements Callable<Integer> {
  private static final List<String> SMALL =
      List.of("width=8", "depth=1", "epochs=1", "checkpoint-every=2");

  private static final int STUDIED_SIDE = 28;

  @Option(names = "--every", description = "only each so manieth operation (default: 1)")
  private int every = 1;

  @Option(
      names = "--commands",
      split = ",",
      description = "of train,resume,export,pack,teach,study (default: all)")
  private List<String> chosen = List.of();

  private final List<String> defects = new ArrayList<>();
  private Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (System.getProperty(DiskProvider.PROPERTY) == null) {
      return inOwnJvm();
    }
    folder = Files.createTempDirectory("faults");
    for (FaultedCommand command : commands()) {
      attack(command);
    }
    defects.forEach(System.out::println);
    System.out.printf("%d defects%n", defects.size());
    return defects.isEmpty() ? 0 : 1;
  }

  private Integer inOwnJvm() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-D" + DiskProvider.PROPERTY + "=" + DiskProvider.class.getName(),
            "-cp",
            System.getProperty("java.class.path"),
            Attack.class.getName(),
            "faults",
            "--every=" + every));
    if (!chosen.isEmpty()) {
      command.add("--commands=" + String.join(",", chosen));
    }
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private void attack(FaultedCommand command) throws IOException {
    List<Operation> operations = command.prepare();
    Map<Fault, Map<Operation, Integer>> counts = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      Map<Operation, Integer> count = new EnumMap<>(Operation.class);
      counts.put(fault, count);
      for (int n = 0; n < operations.size(); n += every) {
        count.merge(operations.get(n), 1, Integer::sum);
        for (String wrong : command.fail(n, fault)) {
          defects.add(
              "DEFECT %s, %s at %d, %s: %s"
                  .formatted(command.name(), fault, n, operations.get(n), wrong));
          System.out.println(defects.getLast());
        }
      }
    }
    counts.forEach(
        (fault, count) ->
            System.out.printf(
                Locale.ROOT,
                "%-7s %-15s %4d failed of %4d operations: %s%n",
                command.name(),
                fault,
                count.values().stream().mapToInt(Integer::intValue).sum(),
                operations.size(),
                count));
  }

  private List<FaultedCommand> commands() throws IOException {
    List<FaultedCommand> commands = new ArrayList<>();
    for (String name : List.of("train", "resume", "export", "pack", "teach", "study")) {
      if (chosen.isEmpty() || chosen.contains(name)) {
        commands.add(command(name));
      }
    }
    return commands;
  }

  private FaultedCommand command(String name) throws IOException {
    Path template = Files.createDirectories(folder.resolve(name + "-template"));
    Path work = folder.resolve(name);
    TinyTraining training = TinyTraining.in(template);
    List<String> settings = new ArrayList<>();
    SMALL.forEach(setting -> settings.addAll(List.of("--set", setting)));
    settings.addAll(List.of("--threads", "1"));
    String[] options = settings.toArray(String[]::new);
    if (!name.equals("train") && !name.equals("pack") && !name.equals("study")) {
      List<String> before = new ArrayList<>(settings);
      before.addAll(List.of("--max-steps", "2"));
      require(
          training.command(name.equals("resume") ? "out" : "model", before.toArray(String[]::new)));
    }
    Path weights = work.resolve("model/model.safetensors");
    List<String> arguments =
        switch (name) {
          case "train", "resume" -> new TinyTraining(work).command("out", options);
          case "export" ->
              List.of(
                  "export",
                  "--weights",
                  weights.toString(),
                  "--format",
                  "huggingface",
                  "--out",
                  work.resolve("out").toString());
          case "pack" -> pack(template, work);
          case "teach" -> teach(template, work, weights);
          default -> study(template, work);
        };
    List<String> again =
        switch (name) {
          case "train", "resume" -> with(arguments, "--resume");
          case "study" -> arguments;
          default -> null;
        };
    return new FaultedCommand(
        name, template, work, name.equals("resume") ? again : arguments, again);
  }

  private static List<String> with(List<String> arguments, String option) {
    List<String> all = new ArrayList<>(arguments);
    all.add(option);
    return all;
  }

  private static void require(List<String> arguments) throws IOException {
    Cli result = Cli.run(arguments.toArray());
    if (result.code() != 0) {
      throw new IOException(result.err());
    }
  }

  private static List<String> pack(Path template, Path work) throws IOException {
    for (String split : new String[] {"train", "val"}) {
      for (String each : new String[] {"cat", "dog"}) {
        Path file = template.resolve("images/" + split + "/" + each + "/1.bmp");
        Files.createDirectories(file.getParent());
        var picture = new BufferedImage(8, 8, BufferedImage.TYPE_3BYTE_BGR);
        try (var out = Files.newOutputStream(file)) {
          ImageIO.write(picture, "bmp", out);
        }
      }
    }
    return List.of(
        "pack",
        "--data",
        work.resolve("images").toString(),
        "--out",
        work.resolve("out").toString());
  }

  private static List<String> teach(Path template, Path work, Path weights) throws IOException {
    Files.createDirectories(template.resolve("out")); // which the command does not do
    return List.of(
        "teach",
        "--backend",
        "cpu",
        "--threads",
        "1",
        "--teacher",
        weights.toString(),
        "--recipe",
        work.resolve("recipe.yaml").toString(),
        "--set",
        "crop-padding=0",
        "--data",
        work.resolve("data").toString(),
        "--out",
        work.resolve("out/logits.safetensors").toString());
  }

  private static List<String> study(Path template, Path work) throws IOException {
    TinyFashionMnist.write(template.resolve("data"), STUDIED_SIDE, 80, 30);
    return List.of(
        "study",
        "--recipe",
        "fashion-mnist",
        "--data",
        work.resolve("data").toString(),
        "--out",
        work.resolve("out").toString(),
        "--backend",
        "cpu",
        "--threads",
        "1",
        "--seed",
        "3",
        "--only",
        "none",
        "--set",
        "train-images=0",
        "--set",
        "epochs=1",
        "--set",
        "crop-padding=0",
        "--set",
        "depth=1");
  }
}
