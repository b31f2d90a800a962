package dialer

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
)

const autumn = "autumn"

// withAutumn lets everybody work in a second campaign, too.
func withAutumn(rule callback.ReachedRule) func(*Config) {
	return func(c *Config) {
		c.inRig(func(k *callback.Config) { k.WhenReached = rule })
		c.Campaigns[autumn] = c.Campaigns[rigCampaign]
		for id, a := range c.Agents {
			a.Campaigns = append(slices.Clone(a.Campaigns), autumn)
			c.Agents[id] = a
		}
	}
}

// fillAutumn gives the second campaign one contact.
func (s *shift) fillAutumn(phone string) {
	s.t.Helper()
	list := campaign.Defaults().List
	list.Region = "JP"
	_, err := campaign.Import(s.ctx(), s.store, campaign.ImportRequest{
		Campaign: autumn, List: list, Path: "-", Stdin: strings.NewReader("phone\n" + phone + "\n"), Rejects: filepath.Join(s.t.TempDir(), "rejects.csv"),
	})
	s.must(err)
}

// reachedByAutumn lets taro talk to the contact of the second campaign.
func (s *shift) reachedByAutumn() {
	s.t.Helper()
	v, err := s.engine.GetRecord(s.ctx(), "taro", autumn)
	s.must(err)
	v = s.dial("taro", v)
	_, err = s.engine.Done(s.ctx(), "taro", v.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
}

// lastLine waits until the last line of a ledger is that, and gives its text.
func (s *shift) lastLine(id, kind string) string {
	s.t.Helper()
	text := ""
	s.eventually("the ledger ends with "+kind, func() bool {
		p, _ := s.ledger(id, "")
		last := p.Events[len(p.Events)-1]
		text = last.Text
		return last.Kind == kind
	})
	return text
}

func TestAContactReachedByAnotherCampaignIsNotedWhereACallbackWasPromised(t *testing.T) {
	s := newShift(t, withAutumn(callback.ReachedNote))
	s.arrive("hanako", "taro")
	call := s.promised("hanako", in(time.Hour, callback.Personal))
	id := s.only().ID
	s.fillAutumn(call.Number)
	s.reachedByAutumn()
	if text := s.lastLine(id, eventReached); text != "campaign autumn" {
		t.Errorf("noted as %q", text)
	}
	if p, _ := s.ledger(id, callback.Waiting); p.State.Final() {
		t.Errorf("the promise is %s", p.State)
	}
}

func TestACallbackIsCancelledWhenItsContactIsReachedIfItsCampaignSaysSo(t *testing.T) {
	s := newShift(t, withBoss, withAutumn(callback.ReachedCancel))
	s.arrive("hanako", "taro")
	call := s.promised("hanako", in(time.Hour, callback.Personal))
	id := s.only().ID
	s.fillAutumn(call.Number)
	s.reachedByAutumn()
	if text := s.lastLine(id, string(callback.Cancelled)); text != "reached-elsewhere: campaign autumn" {
		t.Errorf("cancelled because of %q", text)
	}
	second := s.promised("hanako", in(time.Hour, callback.Pool))
	id = s.only().ID
	if _, err := s.engine.ContactReached(s.ctx(), "hanako", second.Number, ""); s.refusal(err) != CodeForbidden {
		t.Errorf("an agent tells so: %v", err)
	}
	if _, err := s.engine.ContactReached(s.ctx(), "yuki", "what?", ""); s.refusal(err) != CodeUnknownNumber {
		t.Errorf("of no number: %v", err)
	}
	national := "0" + strings.TrimPrefix(second.Number, "+81")
	found, err := s.engine.ContactReached(s.ctx(), "yuki", national, "called us")
	s.must(err)
	if len(found) != 1 || found[0].ID != id || found[0].State != string(callback.Cancelled) {
		t.Errorf("inbound: %+v", found)
	}
	if text := s.lastLine(id, string(callback.Cancelled)); text != "reached-elsewhere: called us" {
		t.Errorf("cancelled because of %q", text)
	}
	if again, err := s.engine.ContactReached(s.ctx(), "yuki", national, "called us"); err != nil || len(again) > 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

func TestACallbackKeptAtAnotherNumberSaysSo(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	d := in(time.Second, callback.Personal)
	d.Number = "03-1234-5678"
	call := s.promised("hanako", d)
	v := s.offered("hanako")
	if v.Promise.Number != "+81312345678" {
		t.Fatalf("promised for %s", v.Promise.Number)
	}
	_, err := s.engine.Accept(s.ctx(), "hanako", v.ID, call.Number)
	s.must(err)
	s.eventually("talking", func() bool {
		now, err := s.engine.Call(s.ctx(), "hanako", v.ID)
		return err == nil && now.State == "talking"
	})
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	if text := s.lastLine(v.Promise.ID, string(callback.Kept)); text != "answered, at "+call.Number {
		t.Errorf("kept: %q", text)
	}
}

// The list has nothing left, and the callback comes all the same.
func TestACallbackComesThoughTheListIsExhausted(t *testing.T) {
	s := newShift(t, withAutumn(callback.ReachedNote))
	s.fillAutumn("+819012999100")
	s.arrive("hanako")
	v, err := s.engine.GetRecord(s.ctx(), "hanako", autumn)
	s.must(err)
	s.promise("hanako", v.ID, in(time.Second, callback.Pool), time.Second, DoneOptions{Stop: true})
	all, err := s.engine.Campaigns(s.ctx(), "hanako")
	s.must(err)
	if i := slices.IndexFunc(all, func(c CampaignView) bool { return c.ID == autumn }); all[i].State != "exhausted" {
		t.Errorf("the campaign is %s", all[i].State)
	}
	if got := s.offered("hanako"); got.Campaign != autumn || got.Record.ID != v.Record.ID {
		t.Errorf("offered %s of %s", got.Record.ID, got.Campaign)
	}
}

// The calling hours changed after the promise: it waits until they open, and the ledger tells.
func TestACallbackOutOfHoursIsPostponedAndSaysSo(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	id := s.only().ID
	s.stop()
	opens := time.Now().UTC().AddDate(0, 0, 3)
	s.reconfigure(func(c *Config) {
		k := c.Campaigns[rigCampaign]
		k.Hours.Open = hours.MustWeek(strings.ToLower(opens.Format("Mon")) + " 09:00-18:00")
		c.Campaigns[rigCampaign] = k
	})
	s.start()
	if why := s.lastLine(id, "postponed"); why == "" {
		t.Error("the ledger does not say why")
	}
	if p, _ := s.ledger(id, callback.Waiting); time.Until(p.Due) < 24*time.Hour {
		t.Errorf("it waits until %s", p.Due)
	}
}

// Whoever has been idle for longest gets a pool callback, of those who have the skill that its record wants.
func TestAPoolCallbackGoesToWhoHasTheSkill(t *testing.T) {
	s := newShift(t, withBoss, func(c *Config) {
		c.inRig(func(k *callback.Config) { k.SkillField = "language" })
		k := c.Campaigns[rigCampaign]
		k.Fields = []campaign.FieldConfig{{Name: "language", Editable: true}}
		c.Campaigns[rigCampaign] = k
		jiro := c.Agents["jiro"]
		jiro.Skills = []string{"en"}
		c.Agents["jiro"] = jiro
	})
	s.arrive("hanako", "taro")
	v := s.talk("taro")
	_, err := s.engine.SetField(s.ctx(), "taro", v.ID, "language", "en")
	s.must(err)
	s.promise("taro", v.ID, in(time.Second, callback.Pool), time.Second, DoneOptions{Disposition: "later", Stop: true})
	late := s.overdue("nobody-ready")
	if late.Queue != "pool" {
		t.Errorf("it waits in %s", late.Queue)
	}
	if other, err := s.engine.GetRecord(s.ctx(), "hanako", rigCampaign); err != nil || other.Promise != nil {
		t.Errorf("hanako, who speaks no English, gets %+v, %v", other.Promise, err)
	}
	s.arrive("jiro")
	if got := s.offered("jiro"); got.Promise.ID != late.ID {
		t.Errorf("offered %s", got.Promise.ID)
	}
}
