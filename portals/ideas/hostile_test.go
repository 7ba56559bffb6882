package ideas_test

import (
	"net/url"
	"strings"
	"testing"

	"loket/app/apptest"
)

// Whatever is put into an address, a field or a list, the answer is a whole page
// and never the program's failure; what was typed is shown as text.
func TestHostileInput(t *testing.T) {
	a := newApp(t)
	jan, sofie := a.Customer("Jan"), a.Staff("Sofie", "ideas")
	id := file(jan, "Donkere weergave")
	hostile := []string{"\x00", "\xff\xfe", "%00", "' OR 1=1 --", "<script>alert(1)</script>", strings.Repeat("9", 400), "1_2_3", "-1", "9223372036854775807_9223372036854775807_9223372036854775807",
		"0_1e999_1", "../../etc", strings.Repeat("a", 5_000), "{{7*7}}", "\u202e\u0000", "%", "_", strings.Repeat("%", 1_000), "NEAR(", "\"", "*"}
	for _, b := range []*apptest.Browser{a.Visitor(), jan, sofie} {
		for _, bad := range hostile {
			q := url.QueryEscape(bad)
			for _, path := range []string{"/ideas/?q=", "/ideas/?order=", "/ideas/?status=", "/ideas/?topic=", "/ideas/?tag=", "/ideas/?view=", "/ideas/?after=", "/ideas/?order=trending&after=", "/ideas/?view=mine&after=",
				"/ideas/1-donkere-weergave?before=", "/ideas/new?title=", "/ideas/new?topic=", "/ideas/similar?title=", "/staff/ideas/?q=", "/staff/ideas/?view=", "/staff/ideas/?after=", "/staff/ideas/new?from=", "/staff/ideas/new?title=", "/staff/ideas/new?account="} {
				if got := b.Still().Get(path + q); got.Status >= 500 || strings.Contains(got.Body, "<script>alert") {
					t.Fatalf("%s%.60q answers %d", path, bad, got.Status)
				}
			}
			segment := url.PathEscape(bad)
			for _, path := range []string{"/ideas/" + segment, "/ideas/agree/" + segment, "/ideas/stop/" + segment, "/ideas/" + id + "/comments/" + segment, "/ideas/" + segment + "/edit", "/staff/ideas/" + segment} {
				if got := b.Still().Get(path).Status; got >= 500 {
					t.Fatalf("GET %.80q answers %d", path, got)
				}
			}
			for _, path := range []string{"/ideas/" + segment + "/vote", "/ideas/agree/" + segment, "/ideas/stop/" + segment, "/ideas/" + id + "/comments/" + segment + "/remove", "/ideas/" + segment + "/withdraw",
				"/staff/ideas/" + segment + "/seen", "/staff/ideas/1/hide/" + segment, "/staff/ideas/1/note/" + segment + "/remove", "/staff/ideas/boards/" + segment, "/staff/ideas/tags/" + segment + "/remove", "/staff/ideas/synonyms/" + segment + "/remove"} {
				if got := b.Still().Post(path, "name", "x", "position", "1").Status; got >= 500 {
					t.Fatalf("POST %.80q answers %d", path, got)
				}
			}
		}
	}
	for _, bad := range hostile {
		for path, fields := range map[string][]string{
			"/ideas/new":               {"title", bad, "body", bad, "topic", bad, "private", bad, "vote", bad, "step", bad, "once", bad},
			"/ideas/" + id + "/vote":   {"vote", bad},
			"/ideas/" + id + "/follow": {"follow", bad},
			"/ideas/1/edit":            {"title", bad, "body", bad, "topic", bad},
		} {
			if got := jan.Still().Post(path, fields...).Status; got >= 500 {
				t.Fatalf("%s with %.60q answers %d", path, bad, got)
			}
		}
		for path, fields := range map[string][]string{
			"/staff/ideas/1/status": {"status", bad, "response", bad, "expected", bad},
			"/staff/ideas/1/edit":   {"title", bad, "body", bad, "topic", bad, "tags", bad, "internal", bad},
			"/staff/ideas/1/merge":  {"into", bad},
			"/staff/ideas/1/vote":   {"email", bad, "consent", bad},
			"/staff/ideas/1/note":   {"note", bad},
			"/staff/ideas/1/refuse": {"reason", bad},
			"/staff/ideas/new":      {"title", bad, "body", bad, "topic", "general", "from", bad, "account", bad},
			"/staff/ideas/boards":   {"name", bad, "product", bad, "about", bad, "position", bad},
			"/staff/ideas/tags":     {"tag", bad},
			"/staff/ideas/synonyms": {"terms", bad + "," + bad, "topic", bad},
		} {
			if got := sofie.Still().Post(path, fields...).Status; got >= 500 {
				t.Fatalf("%s with %.60q answers %d", path, bad, got)
			}
		}
	}
	for _, path := range []string{"/ideas/", "/ideas/?order=newest", "/ideas/roadmap", "/feed/ideas.atom", "/ideas/1"} {
		if body := a.Visitor().Get(path).Want(200).Body; strings.Contains(body, "<script>alert") {
			t.Errorf("%s runs what was typed", path)
		}
	}
	for _, path := range []string{"/staff/ideas/?view=all", "/staff/ideas/1", "/staff/ideas/boards", "/staff/ideas/export.csv"} {
		sofie.Get(path).Want(200)
	}
	counted(a)
}

// A board that is filled in wrongly is put right where it stands.
func TestBoardFilledInWrongly(t *testing.T) {
	a := newApp(t)
	sofie := a.Staff("Sofie", "ideas")
	page := sofie.Post("/staff/ideas/boards/general", "name", "", "about", "Over alles", "position", "1").Want(422, "Geef het onderwerp een naam")
	if about := page.Attr("id", "b-general-about", "value"); about != "Over alles" {
		t.Errorf("what was typed became %q", about)
	}
	if about := page.Attr("id", "f-about", "value"); about != "" {
		t.Errorf("it stands in the form of a new board: %q", about)
	}
	sofie.Post("/staff/ideas/boards/nergens", "name", "X", "position", "1").Want(404)
}
