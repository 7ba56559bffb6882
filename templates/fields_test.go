package templates_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"loket/app/i18n"
	"loket/app/web"
	"loket/templates"
)

// ask is a form with one field of each kind.
type ask struct {
	Subject  string   `form:"subject" binding:"required,max=20"`
	Email    string   `form:"email" binding:"omitempty,email"`
	Password string   `form:"password" binding:"required,min=8" autocomplete:"new-password" clean:"no"`
	Body     string   `form:"body" binding:"required"`
	Product  string   `form:"product" binding:"required,oneof=viewer projects"`
	Severity string   `form:"severity" binding:"required,oneof=question hinders blocks"`
	Topics   []string `form:"topics" binding:"dive,oneof=news mail"`
	Order    string   `form:"order" binding:"omitempty,oneof=new top"`
	Agree    bool     `form:"agree" binding:"required"`
	Files    string   `form:"attachments"`
}

const askTexts = `{"form.subject":"Onderwerp","form.subject.hint":"In één zin","form.subject.required":"Geef je ticket een onderwerp",
	"form.email":"E-mail","form.password":"Wachtwoord","form.body":"Bericht","form.product":"Product","form.product.viewer":"Viewer","form.product.projects":"Projecten",
	"form.severity":"Hoe erg?","form.severity.question":"Vraag","form.severity.question.hint":"Er is niets kapot","form.severity.hinders":"Hindert","form.severity.blocks":"Ik kan niet verder",
	"form.topics":"Waarover?","form.topics.news":"Nieuws","form.topics.mail":"Mail","form.order":"Volgorde","form.order.new":"Nieuw","form.order.top":"Beste","form.agree":"Ja, graag","form.attachments":"Bijlagen"}`

func askPage(form web.Form[ask]) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		topics := form.Field(ctx, "Topics").With(web.Option{Value: "news", Label: "Nieuws"}, web.Option{Value: "mail", Label: "Mail"})
		for _, part := range []templ.Component{
			templates.Errors(form.Complaints()),
			templates.Text(form.Field(ctx, "Subject")), templates.Text(form.Field(ctx, "Email")), templates.Text(form.Field(ctx, "Password").As("password")),
			templates.Textarea(form.Field(ctx, "Body")), templates.Select(form.Field(ctx, "Product")), templates.Choices(form.Field(ctx, "Severity")),
			templates.Checks(topics), templates.Segment(form.Field(ctx, "Order")), templates.Check(form.Field(ctx, "Agree")),
			templates.Upload(form.Field(ctx, "Files"), []templates.Kept{{ID: "F1", Name: `log<1>.txt`, Size: 8000}}),
			templates.Hidden("next", "/tickets/?a=1&b"), templates.Once(form.Once), templates.Submit("Stuur"),
		} {
			if err := part.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// post sends the form as typed and returns the page that answers it.
func post(t *testing.T, lang string, typed url.Values) page {
	t.Helper()
	site := newSite(t)
	texts := fstest.MapFS{"nl.json": {Data: []byte(askTexts)}, "en.json": {Data: []byte(askTexts)}}
	catalog, err := i18n.Load(i18n.Folder{Name: "site", Files: templates.Texts}, i18n.Folder{Name: "form", Files: texts})
	if err != nil {
		t.Fatal(err)
	}
	site.Catalog = catalog
	answer := httptest.NewRecorder()
	gin.SetMode(gin.ReleaseMode)
	g, engine := gin.CreateTestContext(answer)
	engine.ContextWithFallback = true // as the program has it: the form reads the language from the context
	g.Request = httptest.NewRequest(http.MethodPost, "/new", strings.NewReader(typed.Encode()))
	g.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	g.Request.Header.Set("Accept-Language", lang)
	site.Handle(func(c *web.Context) error {
		form := web.Form[ask]{Prefix: "form"}
		if _, err := form.Bind(c); err != nil {
			return err
		}
		return c.Render(http.StatusOK, askPage(form))
	})(g)
	if answer.Code != http.StatusOK {
		t.Fatalf("the form answers %d: %s", answer.Code, answer.Body)
	}
	p := parse(t, answer.Body.String())
	p.lawful()
	return p
}

func (p page) byID(id string) *html.Node {
	p.t.Helper()
	for _, n := range p.all("") {
		if attr(n, "id") == id {
			return n
		}
	}
	p.t.Fatalf("nothing has id %s", id)
	return nil
}

func TestWrongFormSaysWhatIsWrongWhereItIs(t *testing.T) {
	for lang, says := range map[string][]string{
		"nl": {"7 dingen kloppen nog niet", "Dit is geen e-mailadres", "minstens 8 tekens", "Kies een van de antwoorden", "Fout:", "(niet verplicht)", "Verwijder log<1>.txt"},
		"en": {"7 things need your attention", "This is not an e-mail address", "at least 8 characters", "Choose one of the answers", "Error:", "(optional)", "Remove log<1>.txt"},
	} {
		p := post(t, lang, url.Values{"email": {"jan"}, "password": {"kort"}, "product": {"elders"}, "topics": {"mail"}, "once": {"K1"}})
		all := html.UnescapeString(p.text)
		for _, want := range says {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not said", lang, want)
			}
		}
		summary := p.byID("errors")
		if attr(summary, "role") != "alert" || attr(summary, "tabindex") != "-1" {
			t.Error("the summary is not announced")
		}
		// Every line of the summary leads to a field that says the same.
		lines := 0
		for n := range summary.Descendants() {
			if n.Data != "a" {
				continue
			}
			lines++
			id := strings.TrimPrefix(attr(n, "href"), "#")
			field := p.byID(id)
			if field.Data != "input" && field.Data != "select" && field.Data != "textarea" {
				t.Errorf("%s leads to a %s", id, field.Data)
			}
			if said := content(p.byID(id + "-e")); !strings.HasSuffix(said, content(n)) {
				t.Errorf("the summary says %q, the field %q", content(n), said)
			}
		}
		if lines != 7 {
			t.Errorf("%d lines in the summary", lines)
		}
		subject := p.byID("f-subject")
		if attr(subject, "aria-invalid") != "true" || attr(subject, "aria-required") != "true" || attr(subject, "aria-describedby") != "f-subject-h f-subject-e" || attr(subject, "maxlength") != "20" {
			t.Errorf("the subject is announced as %v", subject.Attr)
		}
		if email := p.byID("f-email"); attr(email, "type") != "email" || attr(email, "autocomplete") != "email" || attr(email, "value") != "jan" || has(email, "aria-required") {
			t.Errorf("the address is %v", email.Attr)
		}
		if password := p.byID("f-password"); has(password, "value") || attr(password, "autocomplete") != "new-password" {
			t.Errorf("the password comes back: %v", password.Attr)
		}
		if mail := p.byID("f-topics-1"); !has(mail, "checked") || has(p.byID("f-topics"), "checked") {
			t.Error("what was ticked is lost")
		}
		if !strings.Contains(p.text, `name="once" value="K1"`) || !strings.Contains(p.text, `name="kept" value="F1"`) || !strings.Contains(p.text, `name="drop" value="F1"`) {
			t.Error("the key or the kept file is lost")
		}
	}
}

func TestRightFormHasNoSummary(t *testing.T) {
	p := post(t, "nl", url.Values{"subject": {` "Hallo" <b> `}, "password": {"lang genoeg"}, "body": {"\nEerste regel\nTweede"}, "product": {"viewer"}, "severity": {"question"}, "agree": {"true"}})
	if strings.Contains(p.text, "errors") || strings.Contains(p.text, "aria-invalid") {
		t.Error("a right form complains")
	}
	if got := attr(p.byID("f-subject"), "value"); got != `"Hallo" <b>` {
		t.Errorf("the subject became %q", got)
	}
	if got := p.byID("f-body").FirstChild.Data; got != "Eerste regel\nTweede" {
		t.Errorf("the text became %q", got)
	}
	if !has(p.byID("f-severity"), "checked") || !has(p.byID("f-agree"), "checked") || attr(p.byID("f-agree"), "value") != "true" {
		t.Error("what was chosen is lost")
	}
	chosen := 0
	for _, o := range p.all("option") {
		if has(o, "selected") {
			chosen++
			if attr(o, "value") != "viewer" {
				t.Errorf("%s is chosen", attr(o, "value"))
			}
		}
	}
	if chosen != 1 {
		t.Errorf("%d products are chosen", chosen)
	}
}
