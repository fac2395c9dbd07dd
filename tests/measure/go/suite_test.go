package suite

import (
	"fmt"
	"os"
	"sort"
	"strings"
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
	x := make([]int, n)
	s := uint32(1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = int(s >> 8)
	}
	return x
}

func BenchmarkFib(b *testing.B) {
	for _, n := range []int{10, 15} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				sink += fib(n)
			}
		})
	}
}

func BenchmarkPlain(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += fib(15)
	}
}

func BenchmarkLoop(b *testing.B) {
	x := numbers(100000)
	sort.Ints(x)
	for b.Loop() {
		sink += fib(15)
	}
	sort.Ints(x)
}

func BenchmarkReset(b *testing.B) {
	x := numbers(100000)
	sort.Ints(x)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		sink += fib(15)
	}
	b.StopTimer()
	sort.Ints(numbers(1000))
}

func BenchmarkPause(b *testing.B) {
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		x := numbers(1000)
		b.StartTimer()
		sort.Ints(x)
	}
}

func BenchmarkAlloc(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		m := map[string]int{}
		for j := 0; j < 100; j++ {
			m[strings.Repeat("x", j)] = j
		}
		sink += len(m)
	}
	b.ReportMetric(3, "things/op")
}

func BenchmarkPar(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			sink += fib(15)
		}
	})
}

func BenchmarkOdd(b *testing.B) {
	for _, n := range []string{"a b", "é/x", "q\"uote", "c::d", "(x)", "a-2", "", ""} {
		b.Run(n, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				sink += fib(5)
			}
		})
	}
}

func BenchmarkSkips(b *testing.B) {
	b.Skip("not on", 5, "days")
}

func BenchmarkSleep(b *testing.B) {
	for i := 0; i < b.N; i++ {
		time.Sleep(time.Millisecond)
	}
}

func BenchmarkBad(b *testing.B) {
	switch os.Getenv("HOW") {
	case "fatal":
		b.Fatal("wrong\nvery")
	case "error":
		b.Error("a bit wrong")
	case "panic":
		panic("at the disco")
	case "exit":
		os.Exit(0)
	case "exit3":
		os.Exit(3)
	}
}
func BenchmarkLast(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += fib(5)
	}
}
