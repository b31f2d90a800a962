package campaign

import (
	"cmp"
	"slices"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/dialer/mail"
	agentscript "github.com/hasshin/hasshin/dialer/script" // script is how this package reads its Lua
)

// Names that can be filled in everywhere, beside the fields of the records: what hasshin itself knows of a call.
const (
	fillContactID     = "contact.id"
	fillContactName   = "contact.name"
	fillContactNumber = "contact.number" // dialed last, else the first of the chain
	fillAgentID       = "agent.id"
	fillAgentName     = "agent.name"
	fillCampaignID    = "campaign.id"
	fillCampaignName  = "campaign.name"
	fillCallID        = "call.id"
)

// FillNames are the names that can be filled in into the campaign's texts, without those of its script's answers: hasshin's own, and those of fields that the
// configuration names.
func (c Config) FillNames() []string {
	names := []string{
		fillContactID, fillContactName, fillContactNumber, fillAgentID, fillAgentName, fillCampaignID, fillCampaignName, fillCallID,
	}
	for _, f := range c.Fields {
		names = append(names, f.Name)
	}
	for name := range c.List.Columns.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ReadScript reads the campaign's script; nil when it has none. An error is that of Validate.
func (c Config) ReadScript() (*agentscript.Script, error) {
	if c.Script.IsZero() {
		return nil, nil
	}
	return agentscript.Parse(c.Script, c.FillNames())
}

// fillNames are all names, with those of the script's answers.
func (c Config) fillNames(s *agentscript.Script) []string {
	names := c.FillNames()
	if s != nil {
		names = append(names, s.Keys()...)
	}
	return names
}

// ReadLetters reads the templates of the campaign's e-mails. An error is that of Validate.
func (c Config) ReadLetters() ([]*mail.Template, error) {
	script, err := c.ReadScript()
	if err != nil {
		return nil, err
	}
	var letters []*mail.Template
	for _, t := range c.Email.Templates {
		letter, err := t.Read(c.fillNames(script))
		if err != nil {
			return nil, err
		}
		letters = append(letters, letter)
	}
	return letters, nil
}

// Filling is what is known of a call.
type Filling struct {
	Campaign           string // id
	Call               string // id
	Record, Name       string // of the contact
	Number             string
	AgentID, AgentName string
	Fields             map[string]string
}

// FillValues are the values of all names.
func (c Config) FillValues(f Filling) fill.Values {
	values := fill.Values{}
	for name, value := range f.Fields {
		values[name] = value
	}
	// hasshin's own names win over fields that happen to be called the same.
	for name, value := range map[string]string{
		fillContactID: f.Record, fillContactName: f.Name, fillContactNumber: f.Number, fillAgentID: f.AgentID, fillAgentName: cmp.Or(f.AgentName, f.AgentID),
		fillCampaignID: f.Campaign, fillCampaignName: cmp.Or(c.Name, f.Campaign), fillCallID: f.Call,
	} {
		values[name] = value
	}
	return values
}
