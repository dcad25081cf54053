package io.github.deit4j;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds all modules but {@code bench} to what their package-infos say. */
class ArchitectureTest {
  private static final String ROOT = "io.github.deit4j.";

  /** The one package that may touch every other, and that no other may touch. */
  private static final String TOP = "cli";

  /** What every other package may touch besides itself and the JDK. */
  private static final Map<String, Set<String>> MAY_TOUCH =
      Map.ofEntries(
          Map.entry("bindings", Set.of()),
          Map.entry("tensor", Set.of("bindings")),
          Map.entry("random", Set.of()),
          Map.entry("collective", Set.of()),
          Map.entry("collective.mpi", Set.of("bindings", "collective")),
          Map.entry("op", Set.of("random", "tensor")),
          Map.entry("device", Set.of("collective", "op", "tensor")),
          Map.entry("autograd", Set.of("device", "op", "random", "tensor")),
          Map.entry("cpu.core", Set.of()),
          Map.entry("cpu.emit", Set.of("bindings")),
          Map.entry("cpu.gemm", Set.of("bindings", "cpu.core", "cpu.emit")),
          Map.entry("cpu.conv", Set.of("cpu.core", "cpu.gemm", "op")),
          Map.entry("cpu.kernel", Set.of("cpu.conv", "cpu.core", "cpu.gemm", "op")),
          Map.entry(
              "cpu",
              Set.of(
                  "bindings",
                  "cpu.conv",
                  "cpu.core",
                  "cpu.gemm",
                  "cpu.kernel",
                  "device",
                  "op",
                  "random",
                  "tensor")),
          Map.entry(
              "cuda", Set.of("collective", "cuda.device", "device", "op", "random", "tensor")),
          Map.entry("cuda.device", Set.of("bindings", "collective", "device", "op", "tensor")),
          Map.entry("cuda.standin", Set.of("bindings")),
          Map.entry("input", Set.of()),
          Map.entry("metrics", Set.of()),
          Map.entry("json", Set.of("input", "com.fasterxml.jackson.core..")),
          Map.entry("weights", Set.of("input", "json", "tensor")),
          Map.entry("data", Set.of("random", "tensor")),
          Map.entry("data.decode", Set.of("bindings", "data", "input")),
          Map.entry("data.transform", Set.of("data", "input", "random", "tensor")),
          Map.entry("protobuf", Set.of("weights")),
          Map.entry("tensorboard", Set.of("protobuf", "weights")),
          Map.entry("onnx", Set.of("device", "protobuf", "tensor", "weights")),
          Map.entry("nn", Set.of("autograd", "device", "json", "onnx", "op", "random", "tensor")),
          Map.entry(
              "vit", Set.of("autograd", "device", "json", "nn", "onnx", "op", "random", "tensor")),
          Map.entry(
              "data.set",
              Set.of(
                  "data", "data.decode", "data.transform", "input", "json", "random", "weights")),
          Map.entry("fetch", Set.of("weights")),
          Map.entry(
              "recipe",
              Set.of(
                  "data",
                  "data.decode",
                  "data.set",
                  "data.transform",
                  "device",
                  "distill",
                  "input",
                  "modelfile",
                  "nn",
                  "op",
                  "weights",
                  "org.snakeyaml.engine..")),
          Map.entry("run", Set.of("input", "json", "recipe", "tensorboard", "weights")),
          Map.entry(
              "regnet",
              Set.of("autograd", "device", "json", "nn", "onnx", "op", "random", "tensor")),
          Map.entry(
              "modelfile",
              Set.of(
                  "data",
                  "data.decode",
                  "data.transform",
                  "device",
                  "input",
                  "json",
                  "nn",
                  "op",
                  "random",
                  "regnet",
                  "tensor",
                  "vit",
                  "weights")),
          Map.entry(
              "inference",
              Set.of(
                  "autograd",
                  "data",
                  "data.transform",
                  "device",
                  "input",
                  "json",
                  "modelfile",
                  "nn",
                  "op",
                  "tensor",
                  "weights")),
          Map.entry(
              "distill",
              Set.of("autograd", "device", "json", "modelfile", "nn", "op", "tensor", "weights")),
          Map.entry(
              "train",
              Set.of(
                  "autograd",
                  "collective",
                  "data",
                  "data.transform",
                  "device",
                  "distill",
                  "inference",
                  "json",
                  "modelfile",
                  "nn",
                  "op",
                  "random",
                  "recipe",
                  "run",
                  "tensor",
                  "weights")),
          Map.entry(
              "export",
              Set.of(
                  "data.transform",
                  "device",
                  "json",
                  "modelfile",
                  "nn",
                  "onnx",
                  "tensor",
                  "weights")),
          Map.entry(
              "study",
              Set.of(
                  "autograd",
                  "data",
                  "device",
                  "distill",
                  "inference",
                  "json",
                  "modelfile",
                  "nn",
                  "op",
                  "recipe",
                  "tensor",
                  "train",
                  "weights")),
          Map.entry(
              "session",
              Set.of(
                  "data",
                  "data.decode",
                  "data.set",
                  "device",
                  "distill",
                  "inference",
                  "json",
                  "modelfile",
                  "nn",
                  "recipe",
                  "report",
                  "run",
                  "train",
                  "weights")),
          Map.entry("watch", Set.of("http", "report", "weights")),
          Map.entry("http", Set.of("json", "org.eclipse.jetty..")),
          Map.entry(
              "serve",
              Set.of(
                  "data",
                  "data.decode",
                  "data.transform",
                  "http",
                  "inference",
                  "input",
                  "json",
                  "modelfile",
                  "nn",
                  "report",
                  "tensor",
                  "org.eclipse.jetty..")),
          Map.entry(
              "report",
              Set.of(
                  "data",
                  "device",
                  "inference",
                  "json",
                  "metrics",
                  "modelfile",
                  "nn",
                  "recipe",
                  "run",
                  "study",
                  "train",
                  "weights")));

  private static final Set<String> ROOMS = new TreeSet<>(MAY_TOUCH.keySet());

  private static final DescribedPredicate<JavaClass> JDK =
      resideInAnyPackage("java..", "javax..", "jdk..", "com.sun.management..");

  /** Functions whose last bit may depend on the platform and on what is compiled. */
  private static final Set<String> INEXACT =
      Set.of(
          "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp",
          "expm1", "log", "log1p", "log10", "pow", "cbrt", "hypot");

  /** Packages between which there may be no cycle. */
  private static final SliceAssignment PARTS =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass c) {
          return isOurs(c) ? SliceIdentifier.of(room(c)) : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  private static JavaClasses code;

  @BeforeAll
  static void readClassFiles() {
    // Names are enough here; to read the JDK's classes behind them would take seconds.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    code =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.github.deit4j");
  }

  @Test
  void tableNamesEveryPackage() {
    Set<String> found = code.stream().map(ArchitectureTest::room).collect(toSet());
    assertThat(found)
        .as("packages; say in the table above what a new one may touch")
        .containsAll(ROOMS)
        .isSubsetOf(Stream.concat(ROOMS.stream(), Stream.of(TOP)).toList());
  }

  @ParameterizedTest
  @FieldSource("ROOMS")
  void touchesOnlyWhatItMay(String room) {
    DescribedPredicate<JavaClass> allowed = JDK.or(in(room));
    for (String other : MAY_TOUCH.get(room)) {
      allowed = allowed.or(other.endsWith("..") ? resideInAPackage(other) : in(other));
    }
    classes()
        .that(in(room))
        .should()
        .onlyDependOnClassesThat(allowed.as("%s may touch: %s", room, MAY_TOUCH.get(room)))
        .check(code);
  }

  @Test
  void packagesFormNoCycle() {
    slices().assignedFrom(PARTS).should().beFreeOfCycles().check(code);
  }

  @Test
  void librariesNeverPrintOrExit() {
    noClasses()
        .that(not(in(TOP)).and(not(resideInAPackage(ROOT + "bindings.*"))))
        .should()
        .accessTargetWhere(target("java.lang.System", Set.of("out", "err", "exit")))
        .orShould()
        .accessTargetWhere(target("java.lang.Runtime", Set.of("exit", "halt")))
        .orShould()
        .accessTargetWhere(
            describe("a stack trace", access -> access.getName().equals("printStackTrace")))
        .check(code);
  }

  /** And of these only the command line may touch fetch, serve and watch, says the table. */
  @Test
  void onlyFetchAndHttpKnowTheNetwork() {
    noClasses()
        .that(not(in("fetch")).and(not(in("http"))))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.net..", "javax.net..")
                .or(describe("are socket channels", c -> c.getName().contains("SocketChannel"))))
        .check(code);
  }

  /**
   * Fetch downloads by what is there; the stand-in for CUDA's libraries is built by the machine's
   * compiler.
   */
  @Test
  void nobodyButFetchAndTheStandInStartPrograms() {
    noClasses()
        .that(not(in("fetch")).and(not(in("cuda.standin"))))
        .should()
        .dependOnClassesThat(name("java.lang.ProcessBuilder"))
        .check(code);
  }

  /** So that the purposes' own number spaces keep all streams apart. */
  @Test
  void everyRandomStreamHasAPurpose() {
    noClasses()
        .that(not(in("random")))
        .should()
        .callConstructorWhere(
            describe(
                "of a stream",
                call ->
                    Set.of(ROOT + "random.Philox", ROOT + "random.StreamKey")
                        .contains(call.getTargetOwner().getName())))
        .check(code);
  }

  @Test
  void functionsHaveTheSameBitsEverywhere() {
    noClasses()
        .that(not(in("report")))
        .should()
        .accessTargetWhere(target("java.lang.Math", INEXACT))
        .because("StrictMath's bits are the same on every platform")
        .check(code);
  }

  /** The constants ADD and MUL are there for reductions; vectors have methods add and mul. */
  @Test
  void vectorsHaveTheSameBitsEverywhere() {
    Set<String> operators =
        INEXACT.stream().map(name -> name.toUpperCase(Locale.ROOT)).collect(toSet());
    noClasses()
        .should()
        .accessTargetWhere(target("jdk.incubator.vector.VectorOperators", operators))
        .orShould()
        .accessTargetWhere(target("jdk.incubator.vector.VectorOperators", Set.of("ADD", "MUL")))
        .orShould()
        .accessTargetWhere(target("jdk.incubator.vector.FloatVector", Set.of("pow")))
        .because("the interpreter and compiled code differ in functions and in reduction order")
        .check(code);
  }

  @Test
  void noArenaIsConfined() {
    noClasses()
        .should()
        .accessTargetWhere(target("java.lang.foreign.Arena", Set.of("ofConfined")))
        .because(
            "element access to a confined segment anywhere in the process makes C2 deoptimise"
                + " the loops of the kernels, whose segments are shared")
        .check(code);
  }

  private static DescribedPredicate<JavaClass> in(String room) {
    return describe("are in " + room, c -> isOurs(c) && room(c).equals(room));
  }

  private static DescribedPredicate<JavaAccess<?>> target(String owner, Set<String> members) {
    return describe(
        owner + "'s " + members,
        access ->
            access.getTargetOwner().getFullName().equals(owner)
                && members.contains(access.getName()));
  }

  private static boolean isOurs(JavaClass c) {
    return c.getPackageName().startsWith(ROOT);
  }

  /** Returns a class's package below the root. The generated bindings count as one package. */
  private static String room(JavaClass c) {
    String room = c.getPackageName().substring(ROOT.length());
    return room.startsWith("bindings.") ? "bindings" : room;
  }
}
