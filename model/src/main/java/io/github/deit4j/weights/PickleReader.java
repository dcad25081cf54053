package io.github.deit4j.weights;

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
 * <p>Memory is bounded by the pickle's length and {@link #MOST_OPERATIONS}, since no operation
 * makes more than one object or copies one that is there. Values may hold themselves: never walk
 * through one without a limit.
 */
final class PickleReader {
  /** Enough for an optimizer's state of thousands of tensors. */
  private static final int MOST_OPERATIONS = 4_000_000;

  private static final int LONGEST_NAME = 1000;

  /** Longest pickle. */
  private static final long MOST_BYTES = 64 << 20;

  private static final Object MARK = new Object();

  private final SegmentReader in;
  private final TorchPickle torch;
  private final long begin;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private PickleReader(SegmentReader in, TorchPickle torch) {
    this.in = in;
    this.torch = torch;
    this.begin = in.position();
  }

  /** Reads one pickle; the reader then stands behind it. */
  static Object read(SegmentReader in, TorchPickle torch) throws FormatException {
    return new PickleReader(in, torch).run();
  }

  /** Returns whether a map keeps an entry of this key: a simple value. */
  static boolean isKey(Object key) {
    return key instanceof String || key instanceof Number || key instanceof Boolean;
  }

  private Object run() throws FormatException {
    for (int count = 0; count < MOST_OPERATIONS; count++) {
      requireFew(1);
      int operation = in.unsignedByte();
      if (operation == '.') {
        return pop();
      }
      perform(operation);
    }
    throw torch.malformed("at most " + MOST_OPERATIONS + " operations", "more");
  }

  private void perform(int operation) throws FormatException {
    switch (operation) {
      case 0x80 -> requireProtocol(in.unsignedByte());
      case 0x95 -> in.skip(Long.BYTES); // a frame, which means nothing in memory
      case '(' -> push(MARK);
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(top());
      case 'q' -> memo.put((long) in.unsignedByte(), top());
      case 'r' -> memo.put(in.unsignedInteger(), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> push(remembered(in.unsignedByte()));
      case 'j' -> push(remembered(in.unsignedInteger()));
      case 'c' -> push(torch.named(new TorchPickle.Name(line(), line())));
      case 0x93 -> pushStackGlobal();
      case 'R', 0x81 -> pushCall();
      case 0x92 -> {
        pop(); // keyword arguments
        pushCall();
      }
      case 'b' -> pop(); // an object's state: nothing that we keep has any
      case 'Q' -> push(torch.storage(pop()));
      default -> {
        if (!performOnValue(operation) && !performOnContainer(operation)) {
          throw torch.malformed("an operation of protocols 2 to 5", "code " + operation);
        }
      }
    }
  }

  private boolean performOnValue(int operation) throws FormatException {
    switch (operation) {
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.integer());
      case 'K' -> push((long) in.unsignedByte());
      case 'M' -> push((long) in.unsignedShort());
      case 0x8a -> push(integer(in.unsignedByte()));
      case 0x8b -> push(integer(in.unsignedInteger()));
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.longInteger())));
      case 'X' -> push(text(in.unsignedInteger()));
      case 0x8c -> push(text(in.unsignedByte()));
      case 0x8d -> push(text(in.longInteger()));
      case 'B', 'T' -> push(bytes(in.unsignedInteger()));
      case 'C', 'U' -> push(bytes(in.unsignedByte()));
      case 0x8e, 0x96 -> push(bytes(in.longInteger()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean performOnContainer(int operation) throws FormatException {
    switch (operation) {
      case ']', ')', 0x8f -> push(new ArrayList<>());
      case '}' -> push(new LinkedHashMap<>());
      case 'l', 't', 0x91 -> push(popToMark());
      case 0x85 -> pushTuple(1);
      case 0x86 -> pushTuple(2);
      case 0x87 -> pushTuple(3);
      case 'd' -> {
        List<Object> items = popToMark();
        push(new LinkedHashMap<>());
        putAll(items);
      }
      case 'a' -> {
        Object item = pop();
        list().add(item);
      }
      case 'e', 0x90 -> {
        List<Object> items = popToMark();
        list().addAll(items);
      }
      case 's' -> {
        Object value = pop();
        Object key = pop();
        put(key, value);
      }
      case 'u' -> putAll(popToMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void requireProtocol(int protocol) throws FormatException {
    if (protocol < 2 || protocol > 5) {
      throw torch.malformed("protocol 2 to 5", "protocol " + protocol);
    }
  }

  private void pushStackGlobal() throws FormatException {
    Object name = pop();
    Object module = pop();
    if (!(module instanceof String ofModule && name instanceof String ofName)) {
      throw torch.malformed("a module's and an object's name", name);
    }
    push(torch.named(new TorchPickle.Name(ofModule, ofName)));
  }

  private void pushCall() throws FormatException {
    Object arguments = pop();
    Object function = pop();
    if (!(arguments instanceof List<?> list)) {
      throw torch.malformed("a list of arguments", arguments);
    }
    push(torch.call(function, list));
  }

  private void pushTuple(int length) throws FormatException {
    List<Object> tuple = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      tuple.addFirst(pop());
    }
    push(tuple);
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
    if (more < 0 || in.position() - begin > MOST_BYTES - more) {
      throw torch.malformed("at most " + MOST_BYTES + " bytes", "more");
    }
  }

  private String line() throws FormatException {
    return in.line(LONGEST_NAME);
  }

  private void push(Object value) {
    stack.add(value);
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
  private List<Object> list() throws FormatException {
    if (top() instanceof List<?> list) {
      return (List<Object>) list;
    }
    throw torch.malformed("a list", top());
  }

  @SuppressWarnings("unchecked")
  private void put(Object key, Object value) throws FormatException {
    if (!(top() instanceof Map<?, ?> map)) {
      throw torch.malformed("a dictionary", top());
    }
    if (isKey(key)) {
      ((Map<Object, Object>) map).put(key, value);
    }
  }

  private void putAll(List<Object> items) throws FormatException {
    if (items.size() % 2 != 0) {
      throw torch.malformed("keys and values", "a key without value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      put(items.get(i), items.get(i + 1));
    }
  }
}
