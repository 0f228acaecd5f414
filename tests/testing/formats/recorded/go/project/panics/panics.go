package panics

func Deref(p *int) int {
	return *p
}
