// The peers that are written in Go, measured as the others are: `holdfast-bench-peers CASE` reads lines, each a number of
// milliseconds, runs batches for as long, and answers each with a line of JSON, the nanoseconds of one run in each batch.
// `holdfast-bench-peers runtime` prints the version of Go that built it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// As long as a batch of bench/harness/sampler.ts.
const batch = 500 * time.Microsecond

// operation is what is measured, and what it has to answer: a breaker that opened by mistake would read as a fast one.
type operation struct {
	run  func() error
	want error
}

// Kept, so that no compiler removes what made it.
var sink error

// All loops share this one: a call through a func value costs about a nanosecond, whatever it is.
func (o operation) times(count int) time.Duration {
	started := time.Now()
	for range count {
		sink = o.run()
	}
	return time.Since(started)
}

// sample runs batches, of a size that fits, until `length` is over.
func (o operation) sample(count *int, length time.Duration) []float64 {
	var samples []float64
	for started := time.Now(); len(samples) < 5 || time.Since(started) < length; {
		took := max(o.times(*count), 1)
		samples = append(samples, float64(took)/float64(*count))
		fits := int(int64(*count) * int64(batch) / int64(took))
		*count = max(1, min(fits, *count*2, 1<<20))
	}
	return samples
}

// serve answers the lines of standard input.
func (o operation) serve() error {
	count := 1
	answers := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		ms, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return err
		}
		samples := o.sample(&count, time.Duration(ms*float64(time.Millisecond)))
		if !errors.Is(sink, o.want) {
			return fmt.Errorf("answered %v, not %v", sink, o.want)
		}
		if err := answers.Encode(samples); err != nil {
			return err
		}
	}
	return nil
}

var errDown = errors.New("down")

// What all policies guard: as little as a function can do.
func work() (int, error) { return 7, nil }

func down() (int, error) { return 0, errDown }

// calling is one call of a policy's `execute`, whose value nobody needs.
func calling(execute func(func() (int, error)) (int, error), fn func() (int, error), want error) operation {
	return operation{func() error {
		_, err := execute(fn)
		return err
	}, want}
}

// failing is one recorded failure. Each fiftieth call is preceded by a success, which keeps a failure rate below one.
func failing(execute func(func() (int, error)) (int, error)) operation {
	calls := 0
	return operation{func() error {
		if calls%50 == 0 {
			_, _ = execute(work)
		}
		calls++
		_, err := execute(down)
		return err
	}, errDown}
}

// trying is one question that is answered yes or no.
func trying(try func() bool, want error) operation {
	return operation{func() error {
		if try() {
			return nil
		}
		return errRefused
	}, want}
}

var errRefused = errors.New("refused")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("give a case")
	}
	name := os.Args[1]
	if name == "runtime" {
		fmt.Println(strings.TrimPrefix(runtime.Version(), "go"))
		return
	}
	cases := map[string]func() operation{"call": plainCall}
	maps.Copy(cases, gobreakerCases)
	maps.Copy(cases, failsafeCases)
	maps.Copy(cases, rateCases)
	prepare, found := cases[name]
	if !found {
		log.Fatalf("there is no case %s", name)
	}
	if err := prepare().serve(); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
}

// plainCall is what no policy can be cheaper than: a function called through a value.
func plainCall() operation {
	return calling(func(fn func() (int, error)) (int, error) { return fn() }, work, nil)
}
