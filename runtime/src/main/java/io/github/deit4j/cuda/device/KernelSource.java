package io.github.deit4j.cuda.device;

import io.github.deit4j.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code .cu} file of the resources, with the headers that it includes and the kernels that it
 * defines. A file that includes {@code activation.cuh} is one source for activations in float32,
 * named as the file, and another in BF16, which is named by {@link #bfloat16}.
 *
 * @param name of the file, without {@code .cu}, or of its other source
 * @param text what is in it
 * @param headers text of every header by name, those included by others too
 * @param kernels parameters of every {@code extern "C" __global__ void} function by name
 */
record KernelSource(
    String name, String text, Map<String, String> headers, Map<String, List<Parameter>> kernels) {
  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");
  private static final Pattern COMMENT = Pattern.compile("(?s)//[^\n]*|/\\*.*?\\*/");
  private static final Pattern KERNEL =
      Pattern.compile(
          "extern\\s+\"C\"\\s+__global__\\s+void\\s+(?:__launch_bounds__\\([^)]*\\)\\s*)?"
              + "(?:KERNEL\\((\\w+)\\)|(\\w+))\\s*\\(([^)]*)\\)");

  private static final String BFLOAT16 = ".bfloat16";
  private static final Pattern PARAMETER = Pattern.compile("(.*?)(\\w+)");

  /**
   * A parameter of a kernel.
   *
   * @param name as in the source
   * @param type as in the source, without {@code const} and {@code __restrict__}
   */
  record Parameter(String name, String type) {
    /** Returns the element type of a pointer; nothing for {@code void*}, which takes any. */
    Optional<DType> elements() {
      return switch (type) {
        case "float*" -> Optional.of(DType.F32);
        case "double*" -> Optional.of(DType.F64);
        case "unsigned short*" -> Optional.of(DType.BF16);
        case "unsigned char*" -> Optional.of(DType.U8);
        case "int*" -> Optional.of(DType.I32);
        case "long long*" -> Optional.of(DType.I64);
        case "void*" -> Optional.empty();
        default ->
            throw new IllegalArgumentException(
                "kernel parameter %s: no tensor has elements of type %s".formatted(name, type));
      };
    }
  }

  /** Returns the name of the source in which the file's activations are BF16. */
  static String bfloat16(String name) {
    return name + BFLOAT16;
  }

  /** Reads a file and its headers from the resources. */
  static KernelSource of(String name) {
    boolean bfloat16 = name.endsWith(BFLOAT16);
    String file = bfloat16 ? name.substring(0, name.length() - BFLOAT16.length()) : name;
    String text = read(file + ".cu");
    Map<String, String> headers = new LinkedHashMap<>();
    addHeaders(text, headers);
    String first = bfloat16 ? "#define BFLOAT16_ACTIVATIONS\n#line 1\n" : "";
    return new KernelSource(name, first + text, headers, kernels(text, bfloat16));
  }

  /** Returns whether the file has activations, and so another source. */
  boolean hasActivations() {
    return headers.containsKey("activation.cuh");
  }

  private static void addHeaders(String text, Map<String, String> headers) {
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String header = include.group(1);
      if (!headers.containsKey(header)) {
        String content = read(header);
        headers.put(header, content);
        addHeaders(content, headers);
      }
    }
  }

  private static String read(String file) {
    try (InputStream in =
        KernelSource.class.getResourceAsStream("/io/github/deit4j/cuda/" + file)) {
      if (in == null) {
        throw new IllegalArgumentException("no kernels in " + file + ": no such resource");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, List<Parameter>> kernels(String text, boolean bfloat16) {
    Map<String, List<Parameter>> kernels = new LinkedHashMap<>();
    Matcher kernel = KERNEL.matcher(COMMENT.matcher(text).replaceAll(" "));
    while (kernel.find()) {
      String activations = kernel.group(1);
      String name =
          activations == null ? kernel.group(2) : activations + (bfloat16 ? "Bfloat16" : "");
      kernels.put(name, parameters(kernel.group(3), bfloat16 ? "unsigned short" : "float"));
    }
    return kernels;
  }

  private static List<Parameter> parameters(String list, String activation) {
    List<Parameter> parameters = new ArrayList<>();
    for (String each : list.split(",")) {
      String plain =
          each.replaceAll("\\b(const|__restrict__)\\b", " ").replaceAll("\\s+", " ").strip();
      plain = plain.replaceAll("\\bActivation\\b", activation);
      Matcher parts = PARAMETER.matcher(plain);
      if (!parts.matches()) {
        throw new IllegalArgumentException("cannot read kernel parameter '" + each.strip() + "'");
      }
      parameters.add(new Parameter(parts.group(2), parts.group(1).replace(" *", "*").strip()));
    }
    return List.copyOf(parameters);
  }
}
