package stats

import "time"

const (
	// Window is how far back a campaign's figures look, less what is left of the present ten seconds.
	Window     = 30 * time.Minute
	slice      = 10 * time.Second
	sliceCount = int(Window / slice)
)

// oldest is where the window begins that ends in the slice of a time.
func oldest(at time.Time) time.Time {
	return time.Unix(0, (sliceAt(at)-int64(sliceCount)+1)*int64(slice))
}

// ring keeps something for each slice of the window. The zero value is empty.
type ring[T any] struct {
	of    [sliceCount]T
	began [sliceCount]int64 // which slice since the epoch each is of
}

func sliceAt(at time.Time) int64 { return at.UnixNano() / int64(slice) }

// now is what there is of the present slice, fresh if it has just begun.
func (r *ring[T]) now(at time.Time) *T {
	n := sliceAt(at)
	i := int(n % int64(sliceCount))
	switch {
	case r.began[i] > n: // what is told now is older than the window
		return new(T)
	case r.began[i] < n:
		var fresh T
		r.of[i], r.began[i] = fresh, n
	}
	return &r.of[i]
}

// each visits what is not older than the window.
func (r *ring[T]) each(at time.Time, visit func(*T)) {
	r.eachBegun(at, func(_ time.Time, of *T) { visit(of) })
}

// eachBegun visits the same, with the time at which each began.
func (r *ring[T]) eachBegun(at time.Time, visit func(began time.Time, of *T)) {
	n := sliceAt(at)
	for i := range r.of {
		if age := n - r.began[i]; age >= 0 && age < int64(sliceCount) {
			visit(time.Unix(0, r.began[i]*int64(slice)), &r.of[i])
		}
	}
}
