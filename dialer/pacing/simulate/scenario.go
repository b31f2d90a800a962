package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// Scenario is the world in which a shift is simulated: agents, contacts and the network. Shares are between 0 and 1.
type Scenario struct {
	// Agents is how many there are.
	Agents int `yaml:"agents"`
	// Shift is how long they work.
	Shift time.Duration `yaml:"shift"`

	// TalkMean is how long a conversation lasts on average; the times are lognormal.
	TalkMean time.Duration `yaml:"talk_mean"`
	// TalkCV is the standard deviation of the conversations by their mean.
	TalkCV float64 `yaml:"talk_cv"`
	// WrapMin is what every wrap-up takes at least.
	WrapMin time.Duration `yaml:"wrap_min"`
	// WrapMean is the mean of the exponential time that wrap-up takes beyond.
	WrapMean time.Duration `yaml:"wrap_mean"`

	// Answer is the share of calls that a person answers, as it changes.
	Answer []Share `yaml:"answer"`
	// Repeat is when the changes begin anew. 0: never.
	Repeat time.Duration `yaml:"repeat"`
	// AnswerMin is how long it takes at least until a person answers.
	AnswerMin time.Duration `yaml:"answer_min"`
	// AnswerMean is the mean of the gamma time, of shape 3, that it takes beyond.
	AnswerMean time.Duration `yaml:"answer_mean"`
	// Machines is the share answered by a machine, as soon as people would.
	Machines float64 `yaml:"machines"`
	// Failures is the share that fails after half a second to three.
	Failures float64 `yaml:"failures"`
	// RingLimit is when all other calls end.
	RingLimit time.Duration `yaml:"ring_limit"`

	// ConnectLimit is how long a person waits for an agent, from the answer or, with machine detection, from its verdict.
	ConnectLimit time.Duration `yaml:"connect_limit"`
	// DetectMin is how long machine detection listens at least.
	DetectMin time.Duration `yaml:"detect_min"`
	// DetectMax is how long at most. 0: it knows at once.
	DetectMax time.Duration `yaml:"detect_max"`

	// ArriveOver is the time over which agents sign in, evenly spread.
	ArriveOver time.Duration `yaml:"arrive_over"`
	// Pauses is the share of wrap-ups after which the agent is away, unannounced.
	Pauses float64 `yaml:"pauses"`
	// PauseMean is the mean of the exponential time of such a pause.
	PauseMean time.Duration `yaml:"pause_mean"`
	// Lines is the number of channels for each agent, conversations included. 0: any number.
	Lines float64 `yaml:"lines"`
}

// Share is a share of calls that a person answers from some time on.
type Share struct {
	// From is the time since the beginning of the shift, or of the repetition.
	From time.Duration `yaml:"from"`
	// Share of all calls.
	Share float64 `yaml:"share"`
}

// Base is the scenario that the others differ from: eight hours, and people who answer p of the calls.
func Base(agents int, p float64) Scenario {
	return Scenario{
		Agents: agents, Shift: 8 * time.Hour,
		TalkMean: 120 * time.Second, TalkCV: 1,
		WrapMin: 5 * time.Second, WrapMean: 15 * time.Second,
		Answer:    []Share{{Share: p}},
		AnswerMin: 3 * time.Second, AnswerMean: 8 * time.Second,
		Machines: 0.25, Failures: 0.10, RingLimit: 26 * time.Second,
		ConnectLimit: 2 * time.Second,
		PauseMean:    5 * time.Minute,
	}
}

func (s Scenario) share(at float64) float64 {
	if s.Repeat > 0 {
		at = math.Mod(at, s.Repeat.Seconds())
	}
	share := 0.0
	for _, x := range s.Answer {
		if at >= x.From.Seconds() {
			share = x.Share
		}
	}
	return share
}

// fate is what will become of a call.
type fate struct {
	person  bool
	machine bool
	after   float64 // seconds until the answer, or until it is over
	detect  float64 // seconds that detection then listens
}

// world is where calls, talks and pauses come from. Times are seconds since the shift's start.
type world interface {
	call(at float64) fate
	talk() float64
	wrap() float64
	pause() float64 // after a wrap-up; 0 for none
}

// chance draws them at random. Each kind has its own sequence, so that the n-th call of a shift is the same call whoever paces it.
type chance struct {
	s                    Scenario
	calls, talks, pauses *rand.Rand
	mu, sigma            float64
}

func newChance(s Scenario, seed uint64) *chance {
	sigma2 := math.Log(1 + s.TalkCV*s.TalkCV)
	return &chance{
		s:      s,
		calls:  rand.New(rand.NewPCG(seed, 1)),
		talks:  rand.New(rand.NewPCG(seed, 2)),
		pauses: rand.New(rand.NewPCG(seed, 3)),
		mu:     math.Log(s.TalkMean.Seconds()) - sigma2/2,
		sigma:  math.Sqrt(sigma2),
	}
}

func (c *chance) call(at float64) fate {
	// Always the same number of draws, whatever comes of them.
	which, ring, fail, listen := c.calls.Float64(), c.gamma(), c.calls.Float64(), c.calls.Float64()
	answer := c.s.AnswerMin.Seconds() + ring
	p, limit := c.s.share(at), c.s.RingLimit.Seconds()
	detect := c.s.DetectMin.Seconds() + listen*(c.s.DetectMax-c.s.DetectMin).Seconds()
	switch {
	case which < p && answer < limit:
		return fate{person: true, after: answer, detect: detect}
	case which < p:
		return fate{after: limit}
	case which < p+c.s.Machines && answer < limit:
		return fate{machine: true, after: answer, detect: detect}
	case which >= 1-c.s.Failures:
		return fate{after: 0.5 + 2.5*fail}
	}
	return fate{after: limit}
}

// gamma of shape 3 is the sum of three exponentials.
func (c *chance) gamma() float64 {
	sum := 0.0
	for range 3 {
		sum += c.calls.ExpFloat64()
	}
	return sum / 3 * c.s.AnswerMean.Seconds()
}

func (c *chance) talk() float64 { return math.Exp(c.mu + c.sigma*c.talks.NormFloat64()) }

func (c *chance) wrap() float64 {
	return c.s.WrapMin.Seconds() + c.talks.ExpFloat64()*c.s.WrapMean.Seconds()
}

func (c *chance) pause() float64 {
	if c.s.Pauses == 0 || c.pauses.Float64() >= c.s.Pauses {
		return 0
	}
	return c.pauses.ExpFloat64() * c.s.PauseMean.Seconds()
}
