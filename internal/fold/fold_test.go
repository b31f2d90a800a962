package fold

import (
	"slices"
	"testing"
)

func TestFold(t *testing.T) {
	for _, alike := range [][]string{
		{"Müller", "MULLER", "muller", "Ｍüller", "mu\u0308ller"},
		{"やまだ", "ヤマダ", "ﾔﾏﾀﾞ", "ヤマタ\u3099"},
		{"ぱーてぃー", "パーティー", "ﾊﾟｰﾃｨｰ"},
		{"ヴァイオリン", "ゔぁいおりん"},
		{"Straße", "STRASSE", "strasse"},
		{"Søren Łódź", "soren lodz"},
		{"ＡＢＣ１２３", "abc123"},
		{"㈱山田", "(株)山田"},
		{"Ελλάδα", "ΕΛΛΑΔΑ", "ελλαδα"},
		{"Čapek", "capek"},
		{"山田", "山田"},
	} {
		for _, other := range alike[1:] {
			if Fold(alike[0]) != Fold(other) {
				t.Errorf("%q (%q) and %q (%q) are not alike", alike[0], Fold(alike[0]), other, Fold(other))
			}
		}
	}
	for _, different := range [][2]string{{"かき", "がき"}, {"はは", "ぱぱ"}, {"山田", "山口"}, {"anna", "ana"}, {"びよういん", "びょういん"}} {
		if Fold(different[0]) == Fold(different[1]) {
			t.Errorf("%q and %q are alike", different[0], different[1])
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"Sato, Hanako":      {"sato", "hanako"},
		"山田　花子":             {"山田", "花子"},
		"ジョン・スミス":           {"じょん", "すみす"},
		"O'Neil-Smith (IT)": {"o", "neil", "smith", "it"},
		"サービス":              {"さーびす"},
		" - ":               nil,
	} {
		if got := Words(Fold(text)); !slices.Equal(got, want) {
			t.Errorf("words of %q are %q, want %q", text, got, want)
		}
	}
}

func TestDigitsOf(t *testing.T) {
	for text, want := range map[string]struct {
		digits        string
		international bool
	}{
		"03-1234-5678": {"0312345678", false},
		"＋８１（３）１２３４－５６７８":  {"81312345678", true},
		"０３ー１２３４":          {"031234", false},
		"+44 20 7946.0123": {"442079460123", true},
	} {
		digits, international, ok := Digits(text)
		if !ok || digits != want.digits || international != want.international {
			t.Errorf("%q: %s, %t, %t; want %+v", text, digits, international, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+", "route 66", "0312x", "1+1"} {
		if digits, _, ok := Digits(text); ok {
			t.Errorf("%q is taken for the number %s", text, digits)
		}
	}
}
