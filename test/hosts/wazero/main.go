// Command conformance runs a conformance program (ts/core/self-test/README.md has its format) on a core module by wazero.
//
//	conformance PROGRAM MODULE
//
// It prints one line of JSON: the digest of each structure, the structures that the module lacks, and the common digest.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// block is where the program's block begins; address 0 means "none" to the core.
const block = 8

type function struct {
	kinds, result string
	// call is nil where the module has no such function.
	call api.Function
}

// arguments reads what a step gives; a float, which no function of the C face takes, is passed over.
func (f function) arguments(r *reader) []uint64 {
	read := make([]uint64, len(f.kinds))
	for i, kind := range f.kinds {
		switch kind {
		case 'f':
			read[i] = binary.LittleEndian.Uint64(r.take(8))
		case 'a':
			read[i] = uint64(r.signed() + block)
		default:
			read[i] = uint64(r.signed())
		}
	}
	return read
}

// host is a module's memory and the size of the block in it that the program writes to.
type host struct {
	memory     api.Memory
	blockBytes uint32
}

func (h host) bytes(at, length uint32) []byte {
	view, ok := h.memory.Read(block+at, length)
	if !ok {
		panic(errors.New("the program leaves its block"))
	}
	return view
}

// call gives the result as the digest takes it: 32 bits are sign-extended, "never" is -1, addresses count from the block (0 and
// 1 are answers, not addresses).
func (h host) call(ctx context.Context, f function, arguments []uint64) int64 {
	types := f.call.Definition()
	for i, kind := range types.ParamTypes() {
		if kind == api.ValueTypeI32 {
			arguments[i] = api.EncodeI32(int32(arguments[i]))
		}
	}
	results, err := f.call.Call(ctx, arguments...)
	if err != nil {
		panic(err)
	}
	if f.result == "v" {
		return 0
	}
	word := int64(results[0])
	if types.ResultTypes()[0] == api.ValueTypeI32 {
		word = int64(int32(results[0]))
	}
	switch {
	case f.result == "d":
		return max(word, -1)
	case f.result == "a" && uint32(word) > 1:
		return int64(uint32(word)) - block
	}
	return word
}

// canRun tells whether the module has every function that the steps call.
func canRun(steps []byte, functions []function) bool {
	for r := (&reader{steps}); !r.done(); {
		switch step := r.number(); step {
		case 0:
			r.number()
			r.take(r.number())
		case 1:
			r.number()
			r.number()
		default:
			called := functions[step-2]
			called.arguments(r)
			if called.call == nil {
				return false
			}
		}
	}
	return true
}

func runSteps(ctx context.Context, steps []byte, functions []function, h host) int64 {
	digest := digestStart
	clear(h.bytes(0, h.blockBytes))
	for r := (&reader{steps}); !r.done(); {
		switch step := r.number(); step {
		case 0:
			at, length := r.number(), r.number()
			copy(h.bytes(at, length), r.take(length))
		case 1:
			at, length := r.number(), r.number()
			for words := h.bytes(at, length); len(words) > 0; words = words[8:] {
				digest = fold(digest, int64(binary.LittleEndian.Uint64(words)))
			}
		default:
			called := functions[step-2]
			word := h.call(ctx, called, called.arguments(r))
			if called.result != "v" {
				digest = fold(digest, word)
			}
		}
	}
	return digest
}

type report struct {
	Digests map[string]string `json:"digests"`
	Absent  []string          `json:"absent"`
	Common  *string           `json:"common"`
}

// envModule is a module that holds nothing but the memory which the core imports: wazero makes none on the host's side.
// It says (module (memory (export "memory") 1 1)).
var envModule = []byte{0, 'a', 's', 'm', 1, 0, 0, 0, 5, 4, 1, 1, 1, 1, 7, 10, 1, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0}

func run(ctx context.Context, program, wasm []byte) (found report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the program cannot be run: %v", cause)
		}
	}()
	r := &reader{program}
	if string(r.take(4)) != "HFC1" {
		return found, errors.New("these bytes are no conformance program")
	}
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	env, err := runtime.InstantiateWithConfig(ctx, envModule, wazero.NewModuleConfig().WithName("env"))
	if err != nil {
		return found, err
	}
	core, err := runtime.Instantiate(ctx, wasm)
	if err != nil {
		return found, err
	}
	h := host{env.ExportedMemory("memory"), r.number()}
	functions := make([]function, r.number())
	for i := range functions {
		call := core.ExportedFunction(r.text())
		functions[i] = function{kinds: r.text(), result: r.text(), call: call}
	}
	found = report{Digests: map[string]string{}, Absent: []string{}}
	common, whole := digestStart, true
	for !r.done() {
		name, isCommon := r.text(), r.number() == 1
		steps := r.take(r.number())
		if !canRun(steps, functions) {
			found.Absent = append(found.Absent, name)
			whole = whole && !isCommon
			continue
		}
		digest := runSteps(ctx, steps, functions, h)
		found.Digests[name] = digestText(digest)
		if isCommon {
			common = fold(common, digest)
		}
	}
	if whole {
		text := digestText(common)
		found.Common = &text
	}
	return found, nil
}

func main() {
	if err := printReport(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func printReport(files []string) error {
	if len(files) != 2 {
		return errors.New("give the program and the module")
	}
	program, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	wasm, err := os.ReadFile(files[1])
	if err != nil {
		return err
	}
	found, err := run(context.Background(), program, wasm)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}
