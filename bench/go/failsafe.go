package main

import (
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
)

type breakerBuilder = circuitbreaker.Builder[int]

// More failures in a row than `failing` ever makes: a threshold is a bit set here, which has to fit into memory.
const unreached = 100

// consecutive opens after so many failures in a row.
func consecutive(failures uint) breakerBuilder {
	return circuitbreaker.NewBuilder[int]().WithFailureThreshold(failures)
}

// ratio opens after so many failures among the last calls.
func ratio(failures, calls uint) breakerBuilder {
	return circuitbreaker.NewBuilder[int]().WithFailureThresholdRatio(failures, calls)
}

// failureRate opens at a failure rate over ten seconds; it reads the clock.
func failureRate(failures float64) breakerBuilder {
	return circuitbreaker.NewBuilder[int]().WithFailureRateThreshold(failures, 100, 10*time.Second)
}

func closed(builder breakerBuilder) func() operation {
	return func() operation { return calling(failsafe.With(builder.Build()).Get, work, nil) }
}

func failure(builder breakerBuilder) func() operation {
	return func() operation { return failing(failsafe.With(builder.Build()).Get) }
}

func opened() circuitbreaker.CircuitBreaker[int] {
	breaker := consecutive(1).WithDelay(time.Hour).Build()
	breaker.Open()
	return breaker
}

func retries() failsafe.Policy[int] {
	return retrypolicy.NewBuilder[int]().WithMaxAttempts(3).WithBackoff(100*time.Millisecond, 10*time.Second).Build()
}

func guarded(policies ...failsafe.Policy[int]) operation {
	return calling(failsafe.With(policies...).Get, work, nil)
}

var failsafeCases = map[string]func() operation{
	"failsafe-closed":       closed(consecutive(5)),
	"failsafe-closed-count": closed(ratio(50, 100)),
	"failsafe-closed-time":  closed(failureRate(0.5)),
	"failsafe-two-step": func() operation {
		breaker := consecutive(5).Build()
		return trying(func() bool {
			admitted := breaker.TryAcquirePermit()
			breaker.RecordSuccess()
			return admitted
		}, nil)
	},
	"failsafe-failure":           failure(consecutive(unreached)),
	"failsafe-failure-count":     failure(ratio(100, 100)),
	"failsafe-failure-count-10k": failure(ratio(10_000, 10_000)),
	"failsafe-failure-time":      failure(failureRate(1)),
	"failsafe-open":              func() operation { return calling(failsafe.With(opened()).Get, work, circuitbreaker.ErrOpen) },
	"failsafe-open-permit":       func() operation { return trying(opened().TryAcquirePermit, errRefused) },
	"failsafe-retry":             func() operation { return guarded(retries()) },
	"failsafe-bulkhead":          func() operation { return guarded(bulkhead.New[int](10)) },
	"failsafe-timeout":           func() operation { return guarded(timeout.New[int](time.Second)) },
	"failsafe-limiter-smooth": func() operation {
		return trying(ratelimiter.NewSmooth[int](1_000_000_000, time.Second).TryAcquirePermit, nil)
	},
	"failsafe-limiter-bursty": func() operation {
		return trying(ratelimiter.NewBursty[int](1_000_000_000, time.Second).TryAcquirePermit, nil)
	},
	"failsafe-three": func() operation {
		return guarded(retries(), consecutive(5).Build(), bulkhead.New[int](10))
	},
	"failsafe-four": func() operation {
		return guarded(retries(), consecutive(5).Build(), timeout.New[int](time.Second), bulkhead.New[int](10))
	},
}
