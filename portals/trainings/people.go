package trainings

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/invite"
	"loket/app/mail"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

const (
	importRows  = 500
	importBytes = 1 << 20
)

// importForm is a list of people, as a file or pasted.
type importForm struct {
	What string `form:"what" binding:"required,oneof=people attendance"`
	List string `form:"list" binding:"max=200000"`
}

type importPage struct {
	S     listed
	Form  web.Form[importForm]
	Wrong []int // lines that cannot be read
}

func (p *portal) blankImport(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[importForm]("trainings.import")
	form.V.What = "people"
	return c.Render(http.StatusOK, importView(importPage{S: s, Form: form}))
}

// importPeople signs a list of people up, each of whom confirms his own address,
// or notes those on the list as present. It does all of the list or nothing.
func (p *portal) importPeople(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[importForm]("trainings.import")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page := importPage{S: s, Form: form}
	raw, err := chosen(c, form.V.List)
	if err != nil {
		return err
	}
	people, wrong, err := parsePeople(raw)
	switch {
	case !ok:
	case errors.Is(err, fault.BadInput):
		page.Form.Wrong(c, "List", "columns")
	case errors.Is(err, fault.TooLarge):
		page.Form.Wrong(c, "List", "rows", importRows)
	case err != nil:
		return err
	case len(wrong) > 0:
		page.Wrong = wrong
		page.Form.Wrong(c, "List", "lines")
	case len(people) == 0:
		page.Form.Wrong(c, "List", "required")
	}
	if !page.Form.OK() {
		return c.Render(http.StatusUnprocessableEntity, importView(page))
	}
	if form.V.What == "attendance" {
		return p.importAttendance(c, s, people)
	}
	if !s.Open(c.Now()) {
		page.Form.Wrong(c, "", "closed")
		return c.Render(http.StatusConflict, importView(page))
	}
	added := 0
	path := "/staff/trainings/sessions/" + s.ID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, path); err != nil {
			return err
		}
		added = 0
		for _, one := range people {
			_, err := signedUp(c, tx, s.ID, one.Email)
			if err == nil {
				continue // he has a place
			}
			if !errors.Is(err, fault.NotFound) {
				return err
			}
			one.Lang, one.Zone = s.Lang, s.Zone
			if _, err := p.enrol(c, tx, s.ID, one); err != nil {
				return err
			}
			added++
		}
		return p.note(c, tx, "import", "training_session:"+s.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectWith(path, web.Flash{Text: i18n.T(c, "trainings.import.done", added, len(people)-added)})
}

func (p *portal) importAttendance(c *web.Context, s listed, people []Registration) error {
	path := "/staff/trainings/sessions/" + s.ID
	if !s.Begun(c.Now()) {
		return c.RedirectWith(path, web.Flash{Kind: "warn", Text: i18n.T(c, "trainings.import.early")})
	}
	noted, unknown := 0, 0
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		noted, unknown = 0, 0
		if _, err := lock(c, tx, s.ID); err != nil {
			return err
		}
		for _, one := range people {
			r, err := signedUp(c, tx, s.ID, one.Email)
			if errors.Is(err, fault.NotFound) || err == nil && r.State != "in" {
				unknown++
				continue
			}
			if err != nil {
				return err
			}
			if _, err := attend(c, tx, s.ID, r.ID, true, c.Now()); err != nil {
				return err
			}
			noted++
		}
		return p.note(c, tx, "import", "training_session:"+s.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectWith(path, web.Flash{Text: i18n.T(c, "trainings.import.noted", noted, unknown)})
}

// personForm is somebody whom staff add: by phone before the session, at the
// door when it begins.
type personForm struct {
	Name    string `form:"name" binding:"required,max=100"`
	Email   string `form:"email" binding:"omitempty,email,max=200"`
	Company string `form:"company" binding:"max=120"`
	Phone   string `form:"phone" binding:"max=40"`
}

type addPage struct {
	S     listed
	Form  web.Form[personForm]
	There bool // at the door
}

// toAdd is the session to which somebody can be added: until the night in which
// its sign-ups are erased.
func (p *portal) toAdd(c *web.Context) (page addPage, err error) {
	page.Form = web.NewForm[personForm]("trainings.add")
	if page.S, err = sessionByID(c, p.DB, c.Param("id")); err != nil {
		return page, err
	}
	page.There = page.S.Begun(c.Now())
	if page.S.State != "open" || page.S.TState != "published" || !c.Now().Before(p.Privacy.NextRun(page.S.EndsAt)) {
		return page, fault.Conflict
	}
	return page, nil
}

func (p *portal) blankPerson(c *web.Context) error {
	page, err := p.toAdd(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, addView(page))
}

// addPerson signs somebody up, who confirms his own address; or, when the
// session begins, notes who came without having signed up.
func (p *portal) addPerson(c *web.Context) error {
	page, err := p.toAdd(c)
	if err != nil {
		return err
	}
	ok, err := page.Form.Bind(c)
	if err != nil {
		return err
	}
	given := page.Form.V
	switch {
	case given.Email == "" && !page.There:
		page.Form.Wrong(c, "Email", "required")
	case given.Email != "" && ok && !mail.Fits(given.Email):
		page.Form.Wrong(c, "Email", "email")
	}
	if !page.Form.OK() {
		return c.Render(http.StatusUnprocessableEntity, addView(page))
	}
	r := Registration{Name: given.Name, Email: account.Address(given.Email), Company: given.Company, Phone: given.Phone, Lang: page.S.Lang, Zone: page.S.Zone}
	path, said := "/staff/trainings/sessions/"+page.S.ID, "trainings.add.asked"
	if page.There {
		said = "trainings.add.there"
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, page.Form.Once, path); err != nil {
			return err
		}
		if err := p.note(c, tx, "training.added", "training_session:"+page.S.ID); err != nil {
			return err
		}
		if page.There {
			return p.walkIn(c, tx, page.S.ID, r)
		}
		_, err := p.enrol(c, tx, page.S.ID, r)
		return err
	})
	if err != nil {
		return err
	}
	return c.RedirectWith(path, web.Flash{Text: i18n.T(c, said, r.Name)})
}

// walkIn notes that somebody is there who had no seat, also where the room was
// full: who had signed up keeps his sign-up, who waited has a seat now. Who left
// an address is asked to confirm it, so that his certificate can go there.
func (p *portal) walkIn(ctx context.Context, tx *db.Tx, session string, r Registration) error {
	s, err := lock(ctx, tx, session)
	if err != nil {
		return err
	}
	now, before := p.Now(), Registration{}
	if r.Email != "" {
		if before, err = signedUp(ctx, tx, s.ID, r.Email); err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	switch before.State {
	case "in":
		_, err := attend(ctx, tx, s.ID, before.ID, true, now)
		return err
	case "waiting":
		if err := comeIn(ctx, tx, s, &before); err != nil {
			return err
		}
		_, err := attend(ctx, tx, s.ID, before.ID, true, now)
		return err
	}
	r.ID, r.SessionID, r.State, r.OverAt, r.ToldAt, r.CreatedAt = rand.Text(), s.ID, "in", s.EndsAt, now, now
	r.UID = invite.UID("training", r.ID, p.Config.URL)
	if err := extraSeat(ctx, tx, s.ID); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "training_registration", r); err != nil {
		return err
	}
	if _, err := attend(ctx, tx, s.ID, r.ID, true, now); err != nil {
		return err
	}
	t, err := trainingByID(ctx, tx, s.TrainingID)
	if err != nil || r.Email == "" || !t.Certificate {
		return err
	}
	full, err := sessionByID(ctx, tx, s.ID)
	if err != nil {
		return err
	}
	return p.tell(ctx, tx, askConfirm, full, &r, "")
}

// chosen is what was uploaded, else what was pasted.
func chosen(c *web.Context, pasted string) ([]byte, error) {
	files := c.Uploads("file")
	if len(files) == 0 {
		return []byte(pasted), nil
	}
	if files[0].Size > importBytes {
		return nil, fault.TooLarge
	}
	in, err := files[0].Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, importBytes))
}

// columns are the names that people give to the columns of a list.
var columns = map[string]string{
	"naam": "name", "name": "name", "voor- en achternaam": "name", "deelnemer": "name", "full name": "name",
	"e-mail": "email", "email": "email", "e-mailadres": "email", "mail": "email", "e-mail address": "email",
	"bedrijf": "company", "bedrijfsnaam": "company", "company": "company", "organisatie": "company",
	"telefoon": "phone", "telefoonnummer": "phone", "phone": "phone", "omgeving": "url", "url": "url", "environment": "url",
}

// parsePeople reads a list as spreadsheets write it: separated by commas,
// semicolons or tabs, in UTF-8 or windows-1252, with names above the columns.
// wrong are the numbers of the lines that lack a name or a good address.
// fault.BadInput: there is no column with addresses. fault.TooLarge: too long.
func parsePeople(raw []byte) (people []Registration, wrong []int, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(raw) {
		if raw, err = charmap.Windows1252.NewDecoder().Bytes(raw); err != nil {
			return nil, nil, fault.BadInput
		}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil, nil
	}
	read := csv.NewReader(bytes.NewReader(raw))
	read.FieldsPerRecord, read.LazyQuotes, read.TrimLeadingSpace = -1, true, true
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	for _, mark := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, mark) {
			read.Comma = mark
			break
		}
	}
	head, err := read.Read()
	if err != nil {
		return nil, nil, fault.BadInput
	}
	at := map[string]int{}
	for i, name := range head {
		if field, known := columns[strings.ToLower(text.Line(name))]; known {
			at[field] = i
		}
	}
	if _, ok := at["email"]; !ok {
		return nil, nil, fault.BadInput
	}
	seen := map[string]bool{}
	for {
		row, err := read.Read()
		if errors.Is(err, io.EOF) {
			return people, wrong, nil
		}
		line, _ := read.FieldPos(0)
		if err != nil {
			return nil, nil, fault.BadInput
		}
		if len(people) == importRows {
			return nil, nil, fault.TooLarge
		}
		cell := func(field string, limit int) string {
			i, ok := at[field]
			if !ok || i >= len(row) {
				return ""
			}
			s := []rune(text.Line(strings.TrimPrefix(row[i], "'"))) // as export writes it
			return string(s[:min(len(s), limit)])
		}
		one := Registration{Name: cell("name", 100), Email: account.Address(cell("email", 200)), Company: cell("company", 120), Phone: cell("phone", 40), URL: cell("url", 200)}
		if one.Name == "" {
			one.Name, _, _ = strings.Cut(one.Email, "@")
		}
		if strings.Join(row, "") == "" || seen[one.Email] {
			continue
		}
		if !mail.Fits(one.Email) || one.URL != "" && !webAddress(one.URL) {
			wrong = append(wrong, line)
			continue
		}
		seen[one.Email] = true
		people = append(people, one)
	}
}

// export gives the list as a spreadsheet opens it. No cell becomes a formula.
func (p *portal) export(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	people, err := ofSession(c, p.DB, s.ID)
	if err != nil {
		return err
	}
	c.TellTimeIn(s.Location())
	var out bytes.Buffer
	out.WriteString("\xef\xbb\xbf") // without it some spreadsheets read é as two letters
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	head := []string{}
	for _, key := range []string{"name", "email", "company", "phone", "url", "state", "confirmed", "attended", "created"} {
		head = append(head, i18n.T(c, "trainings.csv."+key))
	}
	rows := [][]string{head}
	moment := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.In(s.Location()).Format("2006-01-02 15:04")
	}
	for _, r := range people {
		rows = append(rows, []string{
			cell(r.Name), cell(r.Email), cell(r.Company), cell(r.Phone), cell(r.URL), i18n.T(c, "trainings.state."+r.State),
			moment(r.ConfirmedAt), moment(r.AttendedAt), moment(&r.CreatedAt),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if err := p.DB.Tx(c, func(tx *db.Tx) error { return p.note(c, tx, "export", "training_session:"+s.ID) }); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="deelnemers.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
	return nil
}

// cell is a text that a spreadsheet will not take for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// mailForm is a letter to some people of a session.
type mailForm struct {
	Who     string `form:"who" binding:"required,oneof=in waiting attended absent all"`
	Subject string `form:"subject" binding:"required,max=150"`
	Body    string `form:"body" binding:"required,max=10000"`
}

type mailPage struct {
	S       listed
	Form    web.Form[mailForm]
	Preview bool
	To      []Registration
	Letter  mail.Rendered
}

func (p *portal) blankMail(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[mailForm]("trainings.letter")
	form.V.Who = "in"
	return c.Render(http.StatusOK, mailView(mailPage{S: s, Form: form}))
}

// selected are those of a session that a letter is for. Who has not confirmed
// his address gets none.
func selected(ctx context.Context, on db.Querier, session, who string) (some []Registration, err error) {
	all, err := ofSession(ctx, on, session)
	for _, r := range all {
		in := r.State == "in"
		fits := map[string]bool{"in": in, "waiting": !in, "attended": in && r.AttendedAt != nil, "absent": in && r.AttendedAt == nil, "all": true}
		if fits[who] && r.Confirmed() {
			some = append(some, r)
		}
	}
	return some, err
}

// mailPeople shows a letter as it will be, and sends it at the second press.
func (p *portal) mailPeople(c *web.Context) error {
	s, err := sessionByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[mailForm]("trainings.letter")
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	page := mailPage{S: s, Form: form}
	if !ok {
		return c.Render(http.StatusUnprocessableEntity, mailView(page))
	}
	if page.To, err = selected(c, p.DB, s.ID, form.V.Who); err != nil {
		return err
	}
	if len(page.To) == 0 {
		page.Form.Wrong(c, "Who", "nobody")
		return c.Render(http.StatusUnprocessableEntity, mailView(page))
	}
	if c.PostForm("do") != "send" {
		example := post{s: s, r: page.To[0], link: p.Config.URL + "/registrations/…"}
		if page.Letter, err = p.Mail.Render(c.Request.Context(), p.message(c, example, form.V.Subject, form.V.Body)); err != nil {
			return err
		}
		page.Preview = true
		return c.Render(http.StatusOK, mailView(page))
	}
	sent := 0
	path := "/staff/trainings/sessions/" + s.ID
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, path); err != nil {
			return err
		}
		people, err := selected(c, tx, s.ID, form.V.Who)
		if err != nil {
			return err
		}
		sent = 0
		for _, r := range people {
			own, err := p.ownPage(c, tx, r, s.Session)
			if err != nil {
				return err
			}
			to := mail.To{Address: r.Email, Name: r.Name, Lang: r.Lang}
			if r.AccountID != nil {
				to.AccountID = *r.AccountID
			}
			err = p.Mail.Send(c, tx, to, func(ctx context.Context) mail.Letter {
				return p.message(ctx, post{s: s, r: r, link: p.Config.URL + own}, form.V.Subject, form.V.Body)
			})
			if err != nil {
				return err
			}
			sent++
		}
		return p.note(c, tx, "mail", "training_session:"+s.ID)
	})
	if err != nil {
		return err
	}
	return c.RedirectWith(path, web.Flash{Text: i18n.N(c, "trainings.letter.sent", sent)})
}
