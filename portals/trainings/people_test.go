package trainings

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"loket/app/fault"
)

func TestListsOfPeople(t *testing.T) {
	for _, c := range []struct {
		name, list string
		want       []string // name and address of each
		wrong      []int
	}{
		{"commas", "name,email\nJan,jan@example.org\n", []string{"Jan jan@example.org"}, nil},
		{"semicolons and a mark in front", "\xef\xbb\xbfNaam;E-mailadres\r\n\"Wal, van der\";Wal@Example.org\r\n", []string{"Wal, van der wal@example.org"}, nil},
		{"tabs", "E-mail\tBedrijf\npiet@example.org\tBouw\n", []string{"piet piet@example.org"}, nil},
		{"windows-1252", "naam;email\nRen\xe9;rene@example.org\n", []string{"René rene@example.org"}, nil},
		{"twice the same", "email\njan@example.org\nJAN@example.org\n", []string{"jan jan@example.org"}, nil},
		{"empty lines", "email\n\njan@example.org\n;\n", []string{"jan jan@example.org"}, []int{4}},
		{"no address", "name,email\nJan,\nPiet,piet@example.org\nKees,<kees@example.org>\n", []string{"Piet piet@example.org"}, []int{2, 4}},
		{"as export wrote it", "name,email\n'=1+1,jan@example.org\n", []string{"=1+1 jan@example.org"}, nil},
	} {
		people, wrong, err := parsePeople([]byte(c.list))
		var got []string
		for _, p := range people {
			got = append(got, p.Name+" "+p.Email)
		}
		if err != nil || !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(wrong, c.wrong) {
			t.Errorf("%s: %q, wrong %v, %v", c.name, got, wrong, err)
		}
	}
	if _, _, err := parsePeople([]byte("naam\nJan")); !errors.Is(err, fault.BadInput) {
		t.Errorf("without addresses: %v", err)
	}
	var long strings.Builder
	long.WriteString("email\n")
	for i := range importRows + 1 {
		fmt.Fprintf(&long, "p%d@example.org\n", i)
	}
	if _, _, err := parsePeople([]byte(long.String())); !errors.Is(err, fault.TooLarge) {
		t.Errorf("too long: %v", err)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for in, want := range map[string]string{"=1": "'=1", "+31": "'+31", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "Jan": "Jan", "": ""} {
		if got := cell(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func FuzzPeople(f *testing.F) {
	f.Add([]byte("naam;e-mail\nJan;jan@example.org\n"))
	f.Add([]byte("\xef\xbb\xbfemail\n\"a\"b\"@example.org\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		people, _, err := parsePeople(raw)
		if err != nil && !errors.Is(err, fault.BadInput) && !errors.Is(err, fault.TooLarge) {
			t.Error(err)
		}
		for _, p := range people {
			if strings.ContainsAny(p.Name+p.Email, "\r\n\x00") || p.Email == "" {
				t.Errorf("%q <%q>", p.Name, p.Email)
			}
		}
	})
}
