package dialer

import (
	"slices"
	"testing"
	"time"
)

func TestWhatIsDoneNowIsDoneAtOnceAfterWhatWasPosted(t *testing.T) {
	t.Parallel()
	a := newActor() // its goroutine has not come to run
	var order []int
	a.post(func() { order = append(order, 1); a.post(func() { order = append(order, 4) }) })
	a.post(func() { order = append(order, 2) })
	if !a.now(func() { order = append(order, 3) }) {
		t.Error("an open actor takes nothing")
	}
	if want := []int{1, 2, 3}; !slices.Equal(order, want) {
		t.Errorf("when now returned %v was done, want %v", order, want)
	}
	a.inbox.Close()
	if a.now(func() { order = append(order, 5) }) {
		t.Error("a closed actor says that it has done something")
	}
	a.run()
	if want := []int{1, 2, 3, 4}; !slices.Equal(order, want) {
		t.Errorf("in the end %v was done, want %v", order, want)
	}
}

func TestNowDoesNotWaitForABusyActor(t *testing.T) {
	t.Parallel()
	a := newActor()
	go a.run()
	busy, release := make(chan struct{}), make(chan struct{})
	var order []int
	a.post(func() { close(busy); <-release; order = append(order, 1) })
	<-busy
	returned := make(chan bool)
	go func() { returned <- a.now(func() { order = append(order, 2) }) }()
	select {
	case taken := <-returned:
		if !taken {
			t.Error("a busy actor takes nothing")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("now waits for a busy actor")
	}
	close(release)
	a.inbox.Close()
	<-a.done
	if want := []int{1, 2}; !slices.Equal(order, want) {
		t.Errorf("%v was done, want %v", order, want)
	}
}
