package main

import "golang.org/x/time/rate"

// The limiter of Go's own extended library, with a rate that refuses nothing.
var rateCases = map[string]func() operation{
	"rate-allow": func() operation { return trying(rate.NewLimiter(1e9, 1e9).Allow, nil) },
}
