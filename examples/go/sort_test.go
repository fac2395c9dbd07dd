package sort

import (
	"fmt"
	"slices"
	"testing"
)

// shuffled returns n numbers, the same each time.
func shuffled(n int) []int {
	found := make([]int, n)
	seed := uint32(1)
	for i := range found {
		seed = seed*1664525 + 1013904223
		found[i] = int(seed >> 8)
	}
	return found
}

func BenchmarkSort(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			unsorted := shuffled(n)
			for b.Loop() {
				slices.Sort(slices.Clone(unsorted))
			}
		})
	}
}

func BenchmarkMap(b *testing.B) {
	numbers := shuffled(1000)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		counts := map[int]int{}
		for _, one := range numbers {
			counts[one%100]++
		}
	}
}
