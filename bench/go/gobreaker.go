package main

import (
	"time"

	"github.com/sony/gobreaker/v2"
)

func neverTrips(gobreaker.Counts) bool { return false }

// Ten buckets of a second, each entered by reading the clock.
var rolling = gobreaker.Settings{Interval: 10 * time.Second, BucketPeriod: time.Second}

func breakerOf(settings gobreaker.Settings) *gobreaker.CircuitBreaker[int] {
	return gobreaker.NewCircuitBreaker[int](settings)
}

func unbreakable(settings gobreaker.Settings) *gobreaker.CircuitBreaker[int] {
	settings.ReadyToTrip = neverTrips
	return breakerOf(settings)
}

var gobreakerCases = map[string]func() operation{
	"gobreaker-closed":         func() operation { return calling(breakerOf(gobreaker.Settings{}).Execute, work, nil) },
	"gobreaker-closed-rolling": func() operation { return calling(breakerOf(rolling).Execute, work, nil) },
	"gobreaker-two-step": func() operation {
		breaker := gobreaker.NewTwoStepCircuitBreaker[int](gobreaker.Settings{})
		return operation{func() error {
			done, err := breaker.Allow()
			if err == nil {
				done(nil)
			}
			return err
		}, nil}
	},
	"gobreaker-failure":         func() operation { return failing(unbreakable(gobreaker.Settings{}).Execute) },
	"gobreaker-failure-rolling": func() operation { return failing(unbreakable(rolling).Execute) },
	"gobreaker-open": func() operation {
		breaker := breakerOf(gobreaker.Settings{
			Timeout:     time.Hour,
			ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= 1 },
		})
		_, _ = breaker.Execute(down)
		return calling(breaker.Execute, work, gobreaker.ErrOpenState)
	},
}
