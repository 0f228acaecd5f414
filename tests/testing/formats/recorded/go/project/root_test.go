package calc

import "testing"

func TestRoot(t *testing.T) {}
