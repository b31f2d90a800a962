package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// listConfig reads what writeList writes.
func listConfig() campaign.ListConfig {
	cfg := campaign.Defaults().List
	cfg.Region = "JP"
	cfg.TimeZone = "Asia/Tokyo"
	cfg.Columns = campaign.Columns{
		ID: "customer_no", Name: "name", Language: "lang", Numbers: []campaign.NumberColumn{{Column: "phone", Type: "mobile"}},
		Fields: map[string]string{"plan": "plan", "city": "city"},
	}
	cfg.OtherColumns = campaign.OtherColumnsIgnore
	return cfg
}

// expected is what has to become of a list.
type expected struct{ imported, duplicates, rejected int64 }

func (e expected) check(got result) error {
	if got.Imported != e.imported || got.Duplicates != e.duplicates || got.Rejected != e.rejected {
		return fmt.Errorf("of the list %d rows were imported, %d duplicates and %d rejected; right would be %d, %d and %d",
			got.Imported, got.Duplicates, got.Rejected, e.imported, e.duplicates, e.rejected)
	}
	return nil
}

var (
	surnames = []string{"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "Smith", "Johnson", "Williams", "Brown"}
	names    = []string{"花子", "太郎", "一郎", "美咲", "健", "由美", "翔太", "陽子", "大輔", "さくら", "James", "Mary", "Robert", "Linda"}
	cities   = []string{"東京都千代田区", "大阪市北区", "名古屋市中区", "札幌市中央区", "福岡市博多区", "New York", "San Francisco", "\"Springfield, IL\""}
	plans    = []string{"A", "B", "light", "family", "business"}
	bad      = []string{"", "なし", "090-1234", "12345678901234567890", "+999 1 234", "9.01235E+09", "call me"}
)

// writeList writes a list as call centres have them: names in two scripts, numbers in national formats with and without separators, in full width
// and from abroad; 2 % duplicates of an earlier number, 1 % bad numbers. It is the same list each time.
func writeList(path string, rows int) (expected, error) {
	f, err := os.Create(path)
	if err != nil {
		return expected{}, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	var want expected
	var good []int
	fmt.Fprint(w, "customer_no,name,phone,lang,city,plan,memo\n")
	for i := range rows {
		var phone string
		switch p := random.IntN(100); {
		case p < 2 && len(good) > 0:
			phone = number(good[random.IntN(len(good))], random.IntN(16))
			want.duplicates++
		case p == 2:
			phone = pick(bad)
			want.rejected++
		default:
			phone = number(i, random.IntN(16))
			want.imported++
			if len(good) < 10_000 {
				good = append(good, i)
			}
		}
		fmt.Fprintf(w, "C%08d,%s %s,%s,%s,%s,%s,%d\n", i, pick(surnames), pick(names), phone, "ja", pick(cities), pick(plans), random.IntN(1_000_000))
	}
	if err := w.Flush(); err != nil {
		return expected{}, err
	}
	return want, f.Close()
}

// number is the i-th number, written in one of many ways. The factors share no divisor with the moduli, so no number comes twice.
func number(i, way int) string {
	switch i % 10 {
	case 0: // Tokyo
		return national("03", 30_000_000+i/10*37%20_000_000, way)
	case 1: // New York, as dialed from Japan
		local := 2_000_000 + i/10*7_919%7_000_000
		format := "+1 212-%03d-%04d"
		if way%2 == 0 {
			format = "010-1-212-%03d-%04d"
		}
		return fmt.Sprintf(format, local/10_000, local%10_000)
	}
	return national([]string{"090", "080"}[i%2], 10_000_000+i*7_919%80_000_000, way)
}

var fullWidth = strings.NewReplacer("0", "０", "1", "１", "2", "２", "3", "３", "4", "４", "5", "５", "6", "６", "7", "７", "8", "８", "9", "９", "-", "－")

// national writes a Japanese number of a trunk code and eight digits.
func national(code string, digits, way int) string {
	a, b := digits/10_000, digits%10_000
	switch way {
	case 0:
		return fmt.Sprintf("%s%04d%04d", code, a, b)
	case 1:
		return fmt.Sprintf("(%s) %04d-%04d", code, a, b)
	case 2:
		return fmt.Sprintf("%s %04d %04d", code, a, b)
	case 3:
		return fullWidth.Replace(fmt.Sprintf("%s-%04d-%04d", code, a, b))
	case 4:
		return fmt.Sprintf("+81 %s-%04d-%04d", code[1:], a, b)
	case 5: // a spreadsheet took it for a quantity
		return fmt.Sprintf("%s%04d%04d", code[1:], a, b)
	}
	return fmt.Sprintf("%s-%04d-%04d", code, a, b)
}
