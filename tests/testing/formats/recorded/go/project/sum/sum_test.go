package sum

import (
	"fmt"
	"os"
	"testing"
)

func TestAdd(t *testing.T) {
	if Add(2, 3) != 5 {
		t.Fatal("2 + 3")
	}
}

func TestTable(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{{1, 1, 2}, {2, 2, 5}, {3, 0, 3}} {
		t.Run(fmt.Sprintf("%d and %d", c.a, c.b), func(t *testing.T) {
			t.Log("looking")
			if got := Add(c.a, c.b); got != c.want {
				t.Errorf("Add(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	t.Skip("not here")
}

func helper(t *testing.T, b int) {
	t.Helper()
	if _, err := Div(1, b); err != nil {
		t.Fatalf("Div: %v\nsecond line", err)
	}
}

func TestHelper(t *testing.T) {
	helper(t, 0)
}

func TestNoNewline(t *testing.T) {
	fmt.Print("no end of line")
}

func TestParallel(t *testing.T) {
	t.Parallel()
	fmt.Fprintln(os.Stderr, "to stderr")
}

func ExampleAdd() {
	fmt.Println(Add(1, 2))
	// Output: 4
}
