package main

import "fmt"

// digestStart is what a digest starts from; digests are the bits of an int64, because the fold shifts arithmetically.
var digestStart = int64(-0x340d631b7bdddcdb)

func fold(digest, word int64) int64 {
	mixed := (digest ^ word) * 0x100000001b3
	return mixed ^ mixed>>29
}

func digestText(digest int64) string {
	return fmt.Sprintf("%016x", uint64(digest))
}

// reader reads the numbers, texts and bytes of a program.
type reader struct{ rest []byte }

func (r *reader) done() bool { return len(r.rest) == 0 }

func (r *reader) take(length uint32) []byte {
	taken := r.rest[:length]
	r.rest = r.rest[length:]
	return taken
}

// bits reads a LEB128 number: its bits, and how many they are.
func (r *reader) bits() (value uint64, count int) {
	for {
		next := r.take(1)[0]
		value |= uint64(next&127) << count
		count += 7
		if next < 128 {
			return value, count
		}
	}
}

func (r *reader) number() uint32 {
	value, _ := r.bits()
	return uint32(value)
}

func (r *reader) signed() int64 {
	value, count := r.bits()
	unused := max(64-count, 0)
	return int64(value<<unused) >> unused
}

func (r *reader) text() string { return string(r.take(r.number())) }
