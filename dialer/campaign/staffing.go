package campaign

import "github.com/hasshin/hasshin/internal/problem"

// StaffingConfig says how agents who work in several campaigns are shared out among those of them that dial by themselves. At each moment an agent counts for
// one campaign, which places calls for the agent; whose turn is next is decided whenever the agent takes a contact.
type StaffingConfig struct {
	// Weight is the campaign's share of the contacts that its agents are given, relative to the weights of the other campaigns that the agent works in: 3
	// beside 1 means three of four. Default: 1.
	Weight float64 `yaml:"weight" example:"3"`

	// Minimum is how many agents the campaign has before those who also work in other campaigns are shared out by weight, as far as there are so
	// many who work in it. Agents are counted in each process. Default: 0.
	Minimum int `yaml:"minimum" example:"2"`
}

// Limits of staffing.
const (
	leastWeight, mostWeight = 0.01, 1000
	mostStaff               = 10_000
)

func staffingDefaults() StaffingConfig { return StaffingConfig{Weight: 1} }

func (c StaffingConfig) validate(p *problem.List) {
	if !(c.Weight >= leastWeight && c.Weight <= mostWeight) {
		p.Add("staffing.weight", "%g is out of range; expected %g to %d", c.Weight, leastWeight, mostWeight)
	}
	if c.Minimum < 0 || c.Minimum > mostStaff {
		p.Add("staffing.minimum", "%d is out of range; expected 0 to %d", c.Minimum, mostStaff)
	}
}
