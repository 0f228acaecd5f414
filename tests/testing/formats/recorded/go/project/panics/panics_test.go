package panics

import "testing"

func TestFine(t *testing.T) {}

func TestPanics(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		Deref(nil)
	})
}

func TestAfter(t *testing.T) {}
