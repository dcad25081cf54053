package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Records as JSON and back: components under their names in snake case, enumerations in lower case,
 * lists, maps of strings, numbers with six digits. Boxed and other reference types may be null; a
 * flag that is absent is false.
 */
final class RecordJson {
  private RecordJson() {}

  static Map<String, Object> object(Record value) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      try {
        object.put(key(component), tree(component.getAccessor().invoke(value)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + component, e);
      }
    }
    return object;
  }

  private static Object tree(Object value) {
    return switch (value) {
      case Record nested -> object(nested);
      case List<?> list -> list.stream().map(RecordJson::tree).toList();
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
      case Double number -> Measurement.rounded(number);
      case null, default -> value;
    };
  }

  private static String key(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  static <T extends Record> T read(JsonValue json, Class<T> type) throws JsonException {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String key = key(components[i]);
      values[i] =
          components[i].getType() == boolean.class && !json.has(key)
              ? Boolean.FALSE
              : value(json.get(key), components[i].getGenericType());
    }
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw json.error("expected " + type.getSimpleName() + ", found " + e.getCause().getMessage());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type, e);
    }
  }

  private static Object value(JsonValue json, Type type) throws JsonException {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return arguments.length == 1 ? list(json, arguments[0]) : map(json);
    }
    Class<?> plain = (Class<?>) type;
    if (json.isNull() && !plain.isPrimitive()) {
      return null;
    }
    if (plain.isRecord()) {
      return read(json, plain.asSubclass(Record.class));
    }
    if (plain.isEnum()) {
      return constant(json, plain);
    }
    return switch (plain.getSimpleName()) {
      case "String" -> json.asString();
      case "boolean" -> json.asBoolean();
      case "int", "Integer" -> json.asInt();
      case "long" -> json.asLong();
      case "double", "Double" -> json.asDouble();
      default -> throw new IllegalArgumentException(type + " has no form in JSON");
    };
  }

  private static List<Object> list(JsonValue json, Type of) throws JsonException {
    List<Object> list = new ArrayList<>();
    for (JsonValue item : json.items()) {
      list.add(value(item, of));
    }
    return list;
  }

  private static Map<String, String> map(JsonValue json) throws JsonException {
    Map<String, String> map = new TreeMap<>();
    for (String key : json.keys()) {
      map.put(key, json.get(key).asString());
    }
    return map;
  }

  private static Object constant(JsonValue json, Class<?> type) throws JsonException {
    List<Object> constants = List.of(type.getEnumConstants());
    List<String> names = constants.stream().map(each -> tree(each).toString()).toList();
    int index = names.indexOf(json.asString());
    if (index < 0) {
      throw json.error(
          "expected one of %s, found %s".formatted(String.join(", ", names), json.asString()));
    }
    return constants.get(index);
  }
}
