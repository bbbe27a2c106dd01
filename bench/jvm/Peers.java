import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The peer that is written in Java, measured as the others are: {@code Peers CASE} reads lines, each a number of milliseconds,
 * runs batches for as long, and answers each with a line of JSON, the nanoseconds of one run in each batch. {@code Peers runtime}
 * prints the version of Java that runs it.
 */
final class Peers {
  /** As long as a batch of bench/harness/sampler.ts. */
  private static final long BATCH_NS = 500_000;

  /** Before the first answer: the compiler works beside us, and is done after about half of it. */
  private static final long COMPILED_NS = 1_000_000_000L;

  /** Kept, so that no compiler removes what made it. */
  private static Object sink;

  /** What is measured: gives "admitted", or what refused or failed. Any other answer than the wanted one ends the program. */
  private record Operation(Supplier<Object> run, Object wanted) {
    long times(int count) {
      long started = System.nanoTime();
      for (int i = 0; i < count; i++) sink = run.get();
      return System.nanoTime() - started;
    }

    List<Double> sample(int[] count, long lengthNs) {
      List<Double> samples = new ArrayList<>();
      long started = System.nanoTime();
      while (samples.size() < 5 || System.nanoTime() - started < lengthNs) {
        long took = Math.max(times(count[0]), 1);
        samples.add((double) took / count[0]);
        long fits = count[0] * BATCH_NS / took;
        count[0] = (int) Math.max(1, Math.min(fits, Math.min(count[0] * 2L, 1 << 20)));
      }
      return samples;
    }

    /** Answers the lines of standard input. */
    void serve() throws IOException {
      int[] count = {1};
      sample(count, COMPILED_NS);
      var lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(sample(count, (long) (Double.parseDouble(line) * 1e6)));
        if (sink != wanted && sink.getClass() != wanted) {
          throw new IllegalStateException("answered " + sink + ", not " + wanted);
        }
      }
    }
  }

  private static final String ADMITTED = "admitted";
  private static final String REFUSED = "refused";

  /** Shared and without a stack: what a policy adds to a failure is measured, not what the failure costs. */
  private static final RuntimeException DOWN = new RuntimeException("down", null, false, false) {};

  /** What all policies guard: as little as a function can do. */
  private static final Supplier<Object> WORK = () -> ADMITTED;

  private static final Supplier<Object> FAILS =
      () -> {
        throw DOWN;
      };

  private static Supplier<Object> caught(Supplier<Object> guarded) {
    return () -> {
      try {
        return guarded.get();
      } catch (RuntimeException error) {
        return error;
      }
    };
  }

  private static CircuitBreakerConfig.Builder window(SlidingWindowType type, int size) {
    return CircuitBreakerConfig.custom().slidingWindowType(type).slidingWindowSize(size);
  }

  private static CircuitBreaker breaker(CircuitBreakerConfig.Builder config) {
    return CircuitBreaker.of("bench", config.build());
  }

  private static Operation closed(SlidingWindowType type, int size) {
    return new Operation(breaker(window(type, size)).decorateSupplier(WORK), ADMITTED);
  }

  /** Each fiftieth failure is preceded by a success, which keeps the failure rate below one. */
  private static Operation failure(SlidingWindowType type, int size) {
    CircuitBreaker breaker = breaker(window(type, size).failureRateThreshold(100));
    Supplier<Object> succeeding = breaker.decorateSupplier(WORK);
    Supplier<Object> failing = caught(breaker.decorateSupplier(FAILS));
    int[] calls = {0};
    Supplier<Object> run =
        () -> {
          if (calls[0]++ % 50 == 0) succeeding.get();
          return failing.get();
        };
    return new Operation(run, DOWN);
  }

  private static CircuitBreaker opened(boolean stackTrace) {
    CircuitBreaker breaker =
        breaker(CircuitBreakerConfig.custom().writableStackTraceEnabled(stackTrace).waitDurationInOpenState(Duration.ofHours(1)));
    breaker.transitionToOpenState();
    return breaker;
  }

  private static Operation refusal(boolean stackTrace) {
    return new Operation(caught(opened(stackTrace).decorateSupplier(WORK)), CallNotPermittedException.class);
  }

  private static Operation openPermit() {
    CircuitBreaker breaker = opened(true);
    return new Operation(() -> breaker.tryAcquirePermission() ? ADMITTED : REFUSED, REFUSED);
  }

  private static Operation twoStep() {
    CircuitBreaker breaker = breaker(window(SlidingWindowType.COUNT_BASED, 100));
    Supplier<Object> run =
        () -> {
          if (!breaker.tryAcquirePermission()) return REFUSED;
          breaker.onSuccess(0, TimeUnit.NANOSECONDS);
          return ADMITTED;
        };
    return new Operation(run, ADMITTED);
  }

  private static Retry retry() {
    return Retry.of("bench", RetryConfig.custom().maxAttempts(3).build());
  }

  private static Bulkhead bulkhead() {
    return Bulkhead.of("bench", BulkheadConfig.custom().maxConcurrentCalls(10).build());
  }

  private static Operation limiter() {
    RateLimiter limiter =
        RateLimiter.of(
            "bench",
            RateLimiterConfig.custom()
                .limitForPeriod(1_000_000_000)
                .limitRefreshPeriod(Duration.ofSeconds(1))
                .timeoutDuration(Duration.ZERO)
                .build());
    return new Operation(() -> limiter.acquirePermission() ? ADMITTED : REFUSED, ADMITTED);
  }

  private static Operation three() {
    Supplier<Object> inner = Bulkhead.decorateSupplier(bulkhead(), WORK);
    Supplier<Object> middle = breaker(window(SlidingWindowType.COUNT_BASED, 100)).decorateSupplier(inner);
    return new Operation(Retry.decorateSupplier(retry(), middle), ADMITTED);
  }

  private static Operation operation(String name) {
    return switch (name) {
      case "call" -> new Operation(WORK, ADMITTED);
      case "closed-count" -> closed(SlidingWindowType.COUNT_BASED, 100);
      case "closed-time" -> closed(SlidingWindowType.TIME_BASED, 10);
      case "two-step" -> twoStep();
      case "failure-count" -> failure(SlidingWindowType.COUNT_BASED, 100);
      case "failure-count-10k" -> failure(SlidingWindowType.COUNT_BASED, 10_000);
      case "failure-time" -> failure(SlidingWindowType.TIME_BASED, 10);
      case "open" -> refusal(true);
      case "open-no-stack" -> refusal(false);
      case "open-permit" -> openPermit();
      case "retry" -> new Operation(Retry.decorateSupplier(retry(), WORK), ADMITTED);
      case "bulkhead" -> new Operation(Bulkhead.decorateSupplier(bulkhead(), WORK), ADMITTED);
      case "limiter" -> limiter();
      case "three" -> three();
      default -> throw new IllegalArgumentException("there is no case " + name);
    };
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) throw new IllegalArgumentException("give a case");
    if (arguments[0].equals("runtime")) System.out.println(System.getProperty("java.version"));
    else operation(arguments[0]).serve();
  }
}
