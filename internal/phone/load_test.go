package phone_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hasshin/hasshin/internal/phone"
)

// BenchmarkCalls keeps 300 calls up, phone to phone, both ends in this process: twice what a process does that plays 300 phones.
// It reports the processor time that a call leg costs (1 % of a core = 10 ms/s), with all legs listening and with all deaf, and
// whether packets kept their schedule. Each iteration is one second of talking.
func BenchmarkCalls(b *testing.B) {
	const calls = 300
	for name, deaf := range map[string]bool{"listening": false, "deaf": true} {
		b.Run(name, func(b *testing.B) {
			caller, callee := benchPhone(b, phone.Config{User: "caller", Deaf: deaf}), benchPhone(b, phone.Config{
				User: "callee", Deaf: deaf, Voice: phone.VoiceAt(1), Behave: phone.Always(phone.Answer().WithoutRinging())})
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			defer cancel()
			var dialing sync.WaitGroup
			for i := range calls {
				dialing.Go(func() {
					_, err := caller.Call(ctx, fmt.Sprintf("sip:n%d@%s", i, callee.Addr()), phone.WithVoice(phone.VoiceAt(i)))
					if err != nil {
						b.Error(err)
					}
				})
			}
			dialing.Wait()
			phone.ResetPacing()
			start, cpu := time.Now(), processorTime(b)
			b.ResetTimer()
			for range b.N {
				<-time.After(time.Second)
			}
			b.StopTimer()
			legs := 2 * calls * time.Since(start).Seconds()
			stats := phone.Pacing()
			b.ReportMetric(float64((processorTime(b)-cpu).Microseconds())/1000/legs, "cpu-ms/leg-s")
			b.ReportMetric(float64(stats.Packets)/legs, "packets/leg-s")
			b.ReportMetric(float64(stats.Overdue)/float64(stats.Packets)*100, "%overdue")
			b.ReportMetric(float64(stats.Worst.Microseconds())/1000, "ms-worst")
		})
	}
}

func benchPhone(b *testing.B, cfg phone.Config) *phone.Phone {
	b.Helper()
	p, err := phone.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	return p
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
