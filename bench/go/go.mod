module holdfast-bench-peers

go 1.25.0

require (
	github.com/failsafe-go/failsafe-go v0.9.8
	github.com/sony/gobreaker/v2 v2.4.0
	golang.org/x/time v0.15.0
)

require github.com/bits-and-blooms/bitset v1.24.4 // indirect
