package demo;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** A suite as people write it: groups, parameters, what throws and what ends the program. */
@Fork(1)
@Warmup(iterations = 1, time = 50, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 50, timeUnit = TimeUnit.MILLISECONDS)
public class Suite {
  static int fibonacci(int n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
  }

  @State(Scope.Benchmark)
  public static class Numbers {
    @Param({"100", "odd \"é\" (x)|[y]&::? a=b"})
    String size;

    int[] numbers;

    @Setup
    public void fill() {
      Random random = new Random(1);
      numbers = random.ints(size.startsWith("odd") ? 20 : Integer.parseInt(size)).toArray();
    }
  }

  @State(Scope.Thread)
  public static class Prepared {
    int prepared;

    @Setup(Level.Invocation)
    public void prepare() {
      prepared = fibonacci(15);
    }
  }

  @State(Scope.Benchmark)
  public static class Commas {
    @Param({"1,2"})
    String pair;
  }

  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public int[] sort(Numbers given) {
    int[] sorted = given.numbers.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  @Benchmark
  public void maps(Blackhole hole) {
    Map<String, Integer> map = new HashMap<>();
    for (int i = 0; i < 100; i++) map.merge("key" + i % 10, i, Integer::sum);
    hole.consume(map);
  }

  @Benchmark
  public int fibonacci10() {
    return fibonacci(10);
  }

  @Benchmark
  public int prepared(Prepared given) {
    return fibonacci(10) + given.prepared;
  }

  @Benchmark
  public int unchosen(Commas given) {
    return given.pair.length();
  }

  @Benchmark
  public int throwing() {
    throw new IllegalStateException("wrong <b>result</b>");
  }

  @Benchmark
  public void exits() {
    System.exit(0);
  }
}
