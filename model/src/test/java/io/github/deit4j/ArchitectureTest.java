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
          Map.entry("backend", Set.of("bindings", "cpu", "cuda", "random", "tensor")),
          Map.entry("autograd", Set.of("backend", "random", "tensor")),
          Map.entry("cpu.core", Set.of()),
          Map.entry("cpu.gemm", Set.of("bindings", "cpu.core")),
          Map.entry("cpu.conv", Set.of("cpu.core", "cpu.gemm")),
          Map.entry("cpu.kernel", Set.of("cpu.conv", "cpu.core", "cpu.gemm", "random")),
          Map.entry("cpu", Set.of("backend", "bindings", "cpu.kernel", "random", "tensor")),
          Map.entry("cuda", Set.of("backend", "bindings", "random", "tensor")),
          Map.entry("json", Set.of("com.fasterxml.jackson.core..")),
          Map.entry("weights", Set.of("json", "tensor")),
          Map.entry("data", Set.of("bindings", "data.transform", "random", "tensor", "weights")),
          Map.entry("data.transform", Set.of("data", "random", "tensor")),
          Map.entry("nn", Set.of("autograd", "backend", "random", "tensor")),
          Map.entry("regnet", Set.of("autograd", "backend", "nn", "random", "tensor")),
          Map.entry(
              "deit",
              Set.of(
                  "autograd",
                  "backend",
                  "data",
                  "data.transform",
                  "json",
                  "nn",
                  "random",
                  "regnet",
                  "tensor",
                  "weights")),
          Map.entry(
              "distill", Set.of("autograd", "backend", "deit", "json", "nn", "tensor", "weights")),
          Map.entry(
              "train",
              Set.of(
                  "autograd",
                  "backend",
                  "data",
                  "data.transform",
                  "deit",
                  "distill",
                  "json",
                  "nn",
                  "random",
                  "regnet",
                  "tensor",
                  "weights",
                  "org.snakeyaml.engine..")),
          Map.entry(
              "export",
              Set.of(
                  "backend",
                  "data.transform",
                  "deit",
                  "json",
                  "nn",
                  "regnet",
                  "tensor",
                  "weights")),
          Map.entry(
              "study",
              Set.of(
                  "autograd",
                  "backend",
                  "data",
                  "deit",
                  "distill",
                  "nn",
                  "tensor",
                  "train",
                  "weights")),
          Map.entry("report", Set.of("deit", "json", "study", "train", "weights")));

  private static final Set<String> ROOMS = new TreeSet<>(MAY_TOUCH.keySet());

  private static final DescribedPredicate<JavaClass> JDK =
      resideInAnyPackage("java..", "javax..", "jdk..", "com.sun.management..");

  /** Functions whose last bit may depend on the platform and on what is compiled. */
  private static final Set<String> INEXACT =
      Set.of(
          "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp",
          "expm1", "log", "log1p", "log10", "pow", "cbrt", "hypot");

  /** Packages between which there may be no cycle; images and what transforms them are one. */
  private static final SliceAssignment PARTS =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass c) {
          return isOurs(c)
              ? SliceIdentifier.of(room(c).replace("data.transform", "data"))
              : SliceIdentifier.ignore();
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
    slices()
        .assignedFrom(PARTS)
        .should()
        .beFreeOfCycles()
        // One class chooses among the backends that there are.
        .ignoreDependency(name(ROOT + "backend.Backends"), in("cpu").or(in("cuda")))
        .check(code);
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

  @Test
  void oneClassKnowsTheNetwork() {
    noClasses()
        .that(not(name(ROOT + "data.HttpsSource")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.net..", "javax.net..")
                .or(describe("are socket channels", c -> c.getName().contains("SocketChannel"))))
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
