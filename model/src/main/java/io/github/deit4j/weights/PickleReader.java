package io.github.deit4j.weights;

import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle (protocols 2 to 5) without running anything: a stack machine that builds strings,
 * {@link Long}s, {@link BigInteger}s, doubles, booleans, null, byte arrays, lists (for tuples and
 * sets too), maps, and what {@link TorchPickle} makes of names. Maps keep only entries whose key
 * {@link #isKey}.
 *
 * <p>Time and memory are bounded by the pickle's length and {@link Limit#PICKLE_OPERATIONS}, since
 * no operation makes more than one object, and one that walks through a list that is there counts
 * for all its elements. Values may hold themselves: never walk through one without a limit.
 */
final class PickleReader {
  private static final InputBudget BUDGET = InputBudget.STANDARD;
  private static final int LONGEST_NAME = (int) BUDGET.most(Limit.PICKLE_NAME);
  private static final Object MARK = new Object();

  private final SegmentReader in;
  private final TorchPickle torch;
  private final long begin;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private long operations;

  private PickleReader(SegmentReader in, TorchPickle torch) {
    this.in = in;
    this.torch = torch;
    this.begin = in.position();
  }

  /** Reads one pickle; the reader then stands behind it. */
  static Object read(SegmentReader in, TorchPickle torch) throws FormatException {
    return new PickleReader(in, torch).run();
  }

  /**
   * Returns whether a map keeps an entry of this key. Those of other kinds, whose hashes may all be
   * the same or take long to compute, belong to no tensor.
   */
  static boolean isKey(Object key) {
    return switch (key) {
      case String name -> name.length() <= LONGEST_NAME;
      case Long number -> number == number.intValue();
      case null, default -> false;
    };
  }

  private Object run() throws FormatException {
    while (true) {
      count(1);
      requireFew(1);
      int operation = in.unsignedByte();
      if (operation == '.') {
        return pop();
      }
      perform(operation);
    }
  }

  private void count(int more) throws FormatException {
    operations += more;
    BUDGET.require(Limit.PICKLE_OPERATIONS, operations, torch::refused);
  }

  private void perform(int operation) throws FormatException {
    switch (operation) {
      case 0x80 -> requireProtocol(in.unsignedByte());
      case 0x95 -> in.skip(Long.BYTES); // a frame, which means nothing in memory
      case '0', 'b' -> pop(); // 'b': an object's state; nothing that we keep has any
      case '1' -> popToMark();
      case 'q' -> memo.put((long) in.unsignedByte(), top());
      case 'r' -> memo.put(in.unsignedInteger(), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'a' -> addAll(tuple(1));
      case 'e', 0x90 -> addAll(popToMark());
      case 's' -> putAll(tuple(2));
      case 'u' -> putAll(popToMark());
      case 'd' -> {
        List<Object> items = popToMark();
        stack.add(new LinkedHashMap<>());
        putAll(items);
      }
      default -> stack.add(value(operation));
    }
  }

  /** Returns what an operation pushes, which may be null. */
  private Object value(int operation) throws FormatException {
    return switch (operation) {
      case '(' -> MARK;
      case '2' -> top();
      case 'h' -> remembered(in.unsignedByte());
      case 'j' -> remembered(in.unsignedInteger());
      case 'N' -> null;
      case 0x88 -> true;
      case 0x89 -> false;
      case 'J' -> (long) in.integer();
      case 'K' -> (long) in.unsignedByte();
      case 'M' -> (long) in.unsignedShort();
      case 0x8a -> integer(in.unsignedByte());
      case 0x8b -> integer(in.unsignedInteger());
      case 'G' -> Double.longBitsToDouble(Long.reverseBytes(in.longInteger()));
      case 'X' -> text(in.unsignedInteger());
      case 0x8c -> text(in.unsignedByte());
      case 0x8d -> text(in.longInteger());
      case 'B', 'T' -> bytes(in.unsignedInteger());
      case 'C', 'U' -> bytes(in.unsignedByte());
      case 0x8e, 0x96 -> bytes(in.longInteger());
      case ']', ')', 0x8f -> new ArrayList<>();
      case '}' -> new LinkedHashMap<>();
      case 'l', 't', 0x91 -> popToMark();
      case 0x85 -> tuple(1);
      case 0x86 -> tuple(2);
      case 0x87 -> tuple(3);
      case 'c' -> torch.named(in.line(LONGEST_NAME), in.line(LONGEST_NAME));
      case 0x93 -> named(tuple(2));
      case 'R', 0x81 -> called(tuple(2));
      case 0x92 -> called(tuple(3)); // with keyword arguments, which nothing here takes
      case 'Q' -> torch.storage(pop());
      default -> throw torch.malformed("an operation of protocols 2 to 5", "code " + operation);
    };
  }

  private void requireProtocol(int protocol) throws FormatException {
    if (protocol < 2 || protocol > 5) {
      throw torch.malformed("protocol 2 to 5", "protocol " + protocol);
    }
  }

  private Object named(List<Object> names) throws FormatException {
    if (names.get(0) instanceof String module && names.get(1) instanceof String name) {
      return torch.named(module, name);
    }
    throw torch.malformed("a module's and an object's name", names.get(1));
  }

  private Object called(List<Object> call) throws FormatException {
    if (call.get(1) instanceof List<?> arguments) {
      for (int i = 0; i < Math.min(arguments.size(), TorchPickle.MOST_ARGUMENTS); i++) {
        count(arguments.get(i) instanceof List<?> list ? list.size() : 0);
      }
      return torch.call(call.get(0), arguments);
    }
    throw torch.malformed("a list of arguments", call.get(1));
  }

  private List<Object> tuple(int length) throws FormatException {
    List<Object> tuple = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      tuple.addFirst(pop());
    }
    return tuple;
  }

  /** Two's complement, the lowest byte first. */
  private Object integer(long length) throws FormatException {
    byte[] bytes = bytes(length);
    for (int i = 0; i < bytes.length / 2; i++) {
      byte low = bytes[i];
      bytes[i] = bytes[bytes.length - 1 - i];
      bytes[bytes.length - 1 - i] = low;
    }
    BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private byte[] bytes(long length) throws FormatException {
    requireFew(length);
    return in.bytes(length);
  }

  private String text(long length) throws FormatException {
    requireFew(length);
    return in.text(length);
  }

  private void requireFew(long more) throws FormatException {
    long before = in.position() - begin;
    boolean fits = more >= 0 && more <= Long.MAX_VALUE - before;
    BUDGET.require(Limit.PICKLE_BYTES, fits ? before + more : Long.MAX_VALUE, torch::refused);
  }

  private Object top() throws FormatException {
    if (stack.isEmpty() || stack.getLast() == MARK) {
      throw torch.malformed("a value on the stack", "none at byte " + in.position());
    }
    return stack.getLast();
  }

  private Object pop() throws FormatException {
    Object value = top();
    stack.removeLast();
    return value;
  }

  private List<Object> popToMark() throws FormatException {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw torch.malformed("a mark on the stack", "none at byte " + in.position());
    }
    List<Object> above = stack.subList(mark + 1, stack.size());
    List<Object> values = new ArrayList<>(above);
    above.clear();
    stack.removeLast();
    return values;
  }

  private Object remembered(long key) throws FormatException {
    if (!memo.containsKey(key)) {
      throw torch.malformed("a value remembered as " + key, "none");
    }
    return memo.get(key);
  }

  @SuppressWarnings("unchecked") // all lists and maps here are of objects
  private void addAll(List<Object> items) throws FormatException {
    if (!(top() instanceof List<?> list)) {
      throw torch.malformed("a list", top());
    }
    ((List<Object>) list).addAll(items);
  }

  @SuppressWarnings("unchecked")
  private void putAll(List<Object> items) throws FormatException {
    if (items.size() % 2 != 0) {
      throw torch.malformed("keys and values", "a key without value");
    }
    if (!(top() instanceof Map<?, ?> map)) {
      throw torch.malformed("a dictionary", top());
    }
    for (int i = 0; i < items.size(); i += 2) {
      if (isKey(items.get(i))) {
        ((Map<Object, Object>) map).put(items.get(i), items.get(i + 1));
      }
    }
  }
}
