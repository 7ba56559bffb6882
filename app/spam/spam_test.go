package spam_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"loket/app"
	"loket/app/apptest"
	"loket/app/spam"
	"loket/app/web"
	"loket/db"
)

// counter is a portal with two forms that do nothing but ask the guard.
func counter(h *app.Host) app.Portal {
	guard := spam.New(h.Secret)
	page := func(c *web.Context, status int, ask spam.Ask, said string) error {
		return c.Render(status, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			fmt.Fprintf(w, `<!DOCTYPE html><html lang="nl"><body><h1>%s</h1><form method="post">`, said)
			if err := spam.Fields(ask).Render(ctx, w); err != nil {
				return err
			}
			_, err := io.WriteString(w, `</form></body></html>`)
			return err
		}))
	}
	return app.Portal{Name: "counter", Routes: func(r *app.Routes) {
		r.Anyone.GET("/:form", func(c *web.Context) error {
			return page(c, 200, guard.Fresh(c, c.Param("form")), "form")
		})
		r.Anyone.POST("/:form", func(c *web.Context) error {
			var verdict spam.Verdict
			var ask spam.Ask
			err := h.DB.Tx(c, func(tx *db.Tx) (err error) {
				verdict, ask, err = guard.Check(c, tx, spam.Post{Form: c.Param("form"), Email: c.PostForm("email"), Text: c.PostForm("message")})
				return err
			})
			if err != nil {
				return err
			}
			if verdict == spam.Prove {
				return page(c, 422, ask, "prove")
			}
			return page(c, 200, ask, string(verdict))
		})
	}}
}

// solve does the sum that a browser would do.
func solve(challenge string) string {
	part := strings.Split(challenge, ".")
	want, _ := strconv.Atoi(part[2])
	for n := 0; ; n++ {
		sum := sha256.Sum256([]byte(part[0] + "." + strconv.Itoa(n)))
		if fmt.Sprintf("%032b", uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3]))[:want] == strings.Repeat("0", want) {
			return strconv.Itoa(n)
		}
	}
}

func TestPersonIsAskedNothing(t *testing.T) {
	a := apptest.New(t, counter)
	jan := a.Visitor()
	form := jan.Get("/counter/contact").Want(200, "form")
	a.Advance(20 * time.Second)
	jan.Post("/counter/contact", "spam_stamp", form.Input("spam_stamp"), "email", "jan@example.com", "message", "Hallo").Want(200, "welcome")
	// A password manager that fills in at once is one sign, and one is nothing.
	form = jan.Get("/counter/contact")
	jan.Post("/counter/contact", "spam_stamp", form.Input("spam_stamp"), "message", "Hallo").Want(200, "welcome")
}

func TestMachineHasToWork(t *testing.T) {
	a := apptest.New(t, counter)
	bot := a.Visitor()
	fill := []string{"homepage", "http://casino.example", "message", "Koop nu"}
	asked := bot.Post("/counter/contact", fill...).Want(422, "prove", `role="status"`, "Verstuur en bevestig per mail")
	challenge := asked.Input("spam_challenge")
	with := func(challenge, answer string) []string {
		return append([]string{"spam_challenge", challenge, "spam_answer", answer}, fill...)
	}
	answer := solve(challenge)

	bot.Post("/counter/contact", with(challenge, "1234567")...).Want(422, "prove") // not solved
	bot.Post("/counter/other", with(challenge, answer)...).Want(422, "prove")      // of another form
	part := strings.Split(challenge, ".")
	easier := strings.Join([]string{part[0], part[1], "1", part[3]}, ".")
	bot.Post("/counter/contact", with(easier, answer)...).Want(422, "prove") // changed
	bot.Post("/counter/contact", with("1.2.3", "x")...).Want(422, "prove")
	bot.Post("/counter/contact", with(challenge, answer)...).Want(200, "welcome")
	bot.Post("/counter/contact", with(challenge, answer)...).Want(422, "prove") // spent

	// A proof that comes too late is asked anew, with a fresh challenge.
	late := bot.Post("/counter/contact", fill...).Input("spam_challenge")
	answer = solve(late)
	a.Advance(21 * time.Minute)
	again := bot.Post("/counter/contact", with(late, answer)...).Want(422, "prove").Input("spam_challenge")
	if again == late || again == "" {
		t.Errorf("challenge %q after %q", again, late)
	}
	kept, err := db.Get[int](t.Context(), a.DB, `SELECT count(*) FROM spam_spent`)
	if err != nil || kept != 0 {
		t.Errorf("%d spent salts are kept after their end, %v", kept, err)
	}
}

func TestWithoutScriptOneConfirmsByMail(t *testing.T) {
	a := apptest.New(t, counter)
	jan := a.Visitor()
	jan.Post("/counter/contact", "message", strings.Repeat("https://example.com ", 6)).Want(422, "prove")
	jan.Post("/counter/contact", "message", strings.Repeat("https://example.com ", 6), "spam_by", "mail").Want(200, "confirm")
}

// A flood from one network meets sums after five posts and a closed door after sixty.
func TestFlood(t *testing.T) {
	a := apptest.New(t, counter)
	bot := a.Visitor()
	seen := map[int]int{}
	for range 80 {
		seen[bot.Post("/counter/contact", "message", "Hallo").Status]++
	}
	if seen[200] != 5 || seen[422] != spam.Hard.Times-5 || seen[429] != 80-spam.Hard.Times {
		t.Errorf("answers %v", seen)
	}
	refused := bot.Post("/counter/contact", "message", "Hallo").Want(429)
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	a.Customer("Joost").Post("/counter/contact", "message", "Hallo", "homepage", "x").Want(200, "welcome")
	a.Advance(11 * time.Minute)
	bot.Post("/counter/contact", "message", "Hallo").Want(200, "welcome")
	named, err := db.All[string](t.Context(), a.DB, `SELECT who FROM attempt WHERE who LIKE '%127.0.0.1%'`)
	if err != nil || len(named) > 0 {
		t.Errorf("networks are kept by their address: %v %v", named, err)
	}
}
