/**
 * The libraries that Go and Java programs use for the same: a table of its own shows them, each beside the row of ours that does
 * the nearest. What the rows do is in bench/go and bench/jvm.
 */
import type { Case, OtherLanguage } from "../harness/case.js";
import { ForeignSampler } from "../harness/foreign.js";
import { programOf } from "../harness/programs.js";

const closed = "breaker, closed";
const twoStep = "breaker, two-step permit";
const failing = "breaker, closed: a failure recorded";
const refusing = "breaker, open: a refusal";
const noFailure = "retry, no failure";
const inTime = "timeout, in time";
const uncontended = "bulkhead, uncontended";
const limiter = "limiter, one for all";
const three = "retry + breaker + bulkhead";
const four = "retry + breaker + timeout + bulkhead";
const references = "references";
const floor = "await of an async function with try/catch (the floor)";

const timed = "holdfast time(10 s) and slow calls";
const unbudgeted = "holdfast without its budget";
const pipeline = "holdfast pipeline, budget: false";
const tryAcquire = "holdfast tryAcquire, token bucket";

const peersOf =
  (language: OtherLanguage, module: string | undefined) =>
  (group: string, subject: string, nearest: string, name: string): Case => ({
    group,
    subject,
    ...(module === undefined ? {} : { package: module }),
    // It is called in a plain loop, whatever ours is.
    form: "sync",
    elsewhere: { language, nearest },
    async prepare() {
      const program = programOf(language);
      if (program === undefined) throw new Error(`the peers in ${language} were not built`);
      return { sampler: new ForeignSampler(program.file, [...program.args, name]) };
    },
  });

const go = peersOf("Go", undefined);
const gobreaker = peersOf("Go", "github.com/sony/gobreaker/v2");
const failsafe = peersOf("Go", "github.com/failsafe-go/failsafe-go");
const rate = peersOf("Go", "golang.org/x/time");
const java = peersOf("Java", undefined);
const resilience4j = peersOf("Java", "io.github.resilience4j");

/** Every case, whether its program was built or not. */
export const allElsewhere: readonly Case[] = [
  go(references, "a func called through a value", floor, "call"),
  java(references, "a Supplier called", floor, "call"),

  gobreaker(closed, "gobreaker", "holdfast consecutive", "gobreaker-closed"),
  failsafe(closed, "failsafe-go, 5 failures in a row", "holdfast consecutive", "failsafe-closed"),
  failsafe(closed, "failsafe-go, 50 of 100 calls", "holdfast count(100)", "failsafe-closed-count"),
  resilience4j(closed, "resilience4j COUNT_BASED 100", "holdfast count(100)", "closed-count"),
  gobreaker(closed, "gobreaker, ten buckets of 1 s", timed, "gobreaker-closed-rolling"),
  failsafe(closed, "failsafe-go, rate over 10 s", timed, "failsafe-closed-time"),
  resilience4j(closed, "resilience4j TIME_BASED 10", timed, "closed-time"),

  gobreaker(twoStep, "gobreaker TwoStepCircuitBreaker", "holdfast consecutive", "gobreaker-two-step"),
  failsafe(twoStep, "failsafe-go TryAcquirePermit", "holdfast consecutive", "failsafe-two-step"),
  resilience4j(twoStep, "resilience4j tryAcquirePermission", "holdfast count(100)", "two-step"),

  gobreaker(failing, "gobreaker", "holdfast consecutive", "gobreaker-failure"),
  failsafe(failing, "failsafe-go, 100 failures in a row", "holdfast consecutive", "failsafe-failure"),
  failsafe(failing, "failsafe-go, 100 of 100 calls", "holdfast count(100)", "failsafe-failure-count"),
  resilience4j(failing, "resilience4j COUNT_BASED 100", "holdfast count(100)", "failure-count"),
  failsafe(failing, "failsafe-go, 10,000 of 10,000 calls", "holdfast count(10,000)", "failsafe-failure-count-10k"),
  resilience4j(failing, "resilience4j COUNT_BASED 10,000", "holdfast count(10,000)", "failure-count-10k"),
  gobreaker(failing, "gobreaker, ten buckets of 1 s", "holdfast time(10 s)", "gobreaker-failure-rolling"),
  failsafe(failing, "failsafe-go, rate over 10 s", "holdfast time(10 s)", "failsafe-failure-time"),
  resilience4j(failing, "resilience4j TIME_BASED 10", "holdfast time(10 s)", "failure-time"),

  gobreaker(refusing, "gobreaker, an error returned", "holdfast tryExecute", "gobreaker-open"),
  failsafe(refusing, "failsafe-go, an error returned", "holdfast tryExecute", "failsafe-open"),
  resilience4j(refusing, "resilience4j, thrown", "holdfast execute", "open"),
  resilience4j(refusing, "resilience4j, thrown without a stack", "holdfast execute", "open-no-stack"),
  failsafe(refusing, "failsafe-go TryAcquirePermit", "holdfast tryAcquire", "failsafe-open-permit"),
  resilience4j(refusing, "resilience4j tryAcquirePermission", "holdfast tryAcquire", "open-permit"),

  failsafe(noFailure, "failsafe-go", unbudgeted, "failsafe-retry"),
  resilience4j(noFailure, "resilience4j", unbudgeted, "retry"),
  failsafe(inTime, "failsafe-go", "holdfast cooperative", "failsafe-timeout"),
  failsafe(uncontended, "failsafe-go", "holdfast", "failsafe-bulkhead"),
  resilience4j(uncontended, "resilience4j semaphore", "holdfast", "bulkhead"),

  failsafe(three, "failsafe-go", pipeline, "failsafe-three"),
  resilience4j(three, "resilience4j", pipeline, "three"),
  failsafe(four, "failsafe-go", pipeline, "failsafe-four"),

  rate(limiter, "x/time/rate Allow", tryAcquire, "rate-allow"),
  failsafe(limiter, "failsafe-go smooth TryAcquirePermit", tryAcquire, "failsafe-limiter-smooth"),
  failsafe(limiter, "failsafe-go bursty TryAcquirePermit", tryAcquire, "failsafe-limiter-bursty"),
  resilience4j(limiter, "resilience4j acquirePermission", tryAcquire, "limiter"),
];

/** Those that can be run. */
export const elsewhereCases: readonly Case[] = allElsewhere.filter(
  ({ elsewhere }) => programOf(elsewhere!.language) !== undefined,
);
