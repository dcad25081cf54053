package io.github.deit4j.run;

import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a run's weights come from beside its settings, by name: its data, class names, teacher and
 * the weights it started from, and in checkpoints also the run's recipe. Values are short: numbers
 * and digests.
 */
record Identity(Map<String, String> values) {
  static final String RECIPE = "recipe";

  private static final String NONE = "none";

  /** Inputs that the user sets on the command line or that the machine decides. */
  private static final Set<String> SETTINGS = Set.of("max-bad", "jpeg-decoder");

  /** Inputs that runs of earlier versions do not tell of. */
  private static final Set<String> LATER =
      Set.of("class-names", "training-data", "test-data", "teacher-settings");

  Identity {
    values = Map.copyOf(values);
  }

  static Identity of(JsonValue stored) throws IOException {
    Map<String, String> values = new TreeMap<>();
    for (String name : stored.keys()) {
      values.put(name, stored.get(name).asString());
    }
    return new Identity(values);
  }

  /** Returns this and one value more. */
  Identity with(String name, String value) {
    Map<String, String> more = new TreeMap<>(values);
    more.put(name, value);
    return new Identity(more);
  }

  /** Returns which settings differ, as a message lists them. */
  List<String> settingsThatDifferIn(Identity other) {
    return differences(other, true);
  }

  /** Returns what else differs, as a message lists it. */
  List<String> inputsThatDifferIn(Identity other) {
    return differences(other, false);
  }

  private List<String> differences(Identity other, boolean settings) {
    var names = new TreeSet<>(values.keySet());
    names.addAll(other.values.keySet());
    if (!values.containsKey("class-names")) {
      names.removeAll(LATER);
    }
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String from = values.getOrDefault(name, NONE);
      String to = other.values.getOrDefault(name, NONE);
      if (SETTINGS.contains(name) == settings && !from.equals(to)) {
        differences.add(name + ": " + from + " -> " + to);
      }
    }
    return differences;
  }
}
