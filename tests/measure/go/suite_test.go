// Benchmarks of many kinds, for tests of framework `go`.
package suite

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var sink int

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func numbers(n int) []int {
	found := make([]int, n)
	seed := uint32(1)
	for i := range found {
		seed = seed*1664525 + 1013904223
		found[i] = int(seed >> 8)
	}
	return found
}

func BenchmarkFib(b *testing.B) {
	for _, n := range []int{10, 15} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				sink += fib(n)
			}
		})
	}
	// A parent's own work is no benchmark.
	b.StopTimer()
	slices.Sort(numbers(10000))
	b.StartTimer()
	sink += fib(15)
}

func BenchmarkLoop(b *testing.B) {
	slices.Sort(numbers(10000))
	for b.Loop() {
		sink += fib(15)
	}
	slices.Sort(numbers(10000))
}

func BenchmarkReset(b *testing.B) {
	slices.Sort(numbers(10000))
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		sink += fib(15)
	}
	b.StopTimer()
	slices.Sort(numbers(10000))
}

func BenchmarkPaused(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += fib(10)
		b.StopTimer()
		slices.Sort(numbers(10000))
		b.StartTimer()
		sink += fib(15)
	}
}

func BenchmarkClock(b *testing.B) {
	for i := 0; i < b.N; i++ {
		start := time.Now()
		sink += fib(15)
		sink += int(time.Since(start))
	}
}

func BenchmarkMaps(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		found := map[string]int{}
		for j := 0; j < 100; j++ {
			found[strings.Repeat("x", j)] = j
		}
		sink += len(found)
	}
	b.ReportMetric(3, "things/op")
}

func BenchmarkParallel(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			fib(15)
		}
	})
}

func BenchmarkOdd(b *testing.B) {
	for _, name := range []string{"a b", "é/x", "q\"(x)|[y]", "c::d", "a-2", "", ""} {
		b.Run(name, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				sink += fib(5)
			}
		})
	}
}

func BenchmarkSkipped(b *testing.B) {
	b.Skip("not on", 5, "days")
}

func BenchmarkBad(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += fib(5)
	}
	switch os.Getenv("HOW") {
	case "fatal":
		b.Fatal("wrong\nin two lines")
	case "error":
		b.Error("a bit wrong")
	case "panic":
		panic("at the disco")
	case "exits":
		os.Exit(0)
	case "ends":
		syscall.Exit(0)
	case "prefix":
		b.Run("a", func(b *testing.B) {})
		b.Run("a/b", func(b *testing.B) {})
	case "":
		b.Skip("HOW is not set")
	}
}

func BenchmarkLast(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += fib(5)
	}
}
