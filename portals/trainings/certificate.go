package trainings

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"loket/app/fault"
	"loket/app/hours"
	"loket/app/i18n"
	"loket/app/mail"
	"loket/app/text"
	"loket/app/web"
	"loket/db"
)

// Certificate says that somebody was at a training, without saying who: it is
// kept for years, long after the sign-up is gone. The name is only on the paper
// and in the address that the participant got by mail, sealed there so that
// nobody but this program reads it. Proof lets whoever holds the paper check
// that the name on it is the one that it was made for.
type Certificate struct {
	Code     string
	Title    string
	HeldOn   string `db:"held_on"` // the day, in the zone of the session
	Minutes  int
	Proof    string
	IssuedAt time.Time `db:"issued_at"`
}

// Held is the day on which the training was.
func (c Certificate) Held() time.Time {
	day, err := time.Parse(time.DateOnly, c.HeldOn)
	if err != nil {
		return c.IssuedAt
	}
	return day.Add(12 * time.Hour) // that day in every zone of the site
}

// Span is how long it took.
func (c Certificate) Span() time.Duration { return time.Duration(c.Minutes) * time.Minute }

// newCode makes a code of 100 random bits that can be read out: 4 groups of 5.
func newCode() string {
	s := rand.Text()
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:20]
}

// codeOf is a code as people type it.
func codeOf(typed string) string {
	s := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '2' && r <= '7' {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	if len(s) != 20 {
		return ""
	}
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:]
}

// prove is what the register keeps of a name.
func (p *portal) prove(code, name string) string {
	mac := hmac.New(sha256.New, web.Key(p.Secret, "trainings.certificate"))
	mac.Write([]byte(code + "\x00" + text.Fold(text.Line(name))))
	return hex.EncodeToString(mac.Sum(nil))
}

func (p *portal) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(web.Key(p.Secret, "trainings.seal"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal hides a name in an address.
func (p *portal) seal(code, name string) (string, error) {
	aead, err := p.sealer()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(name), []byte(code))), nil
}

// unseal reads the name; fault.NotFound when the address was not made here.
func (p *portal) unseal(code, seal string) (string, error) {
	aead, err := p.sealer()
	if err != nil {
		return "", err
	}
	raw, err := base64.RawURLEncoding.DecodeString(seal)
	if err != nil || len(raw) < aead.NonceSize() {
		return "", fault.NotFound
	}
	name, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(code))
	if err != nil {
		return "", fault.NotFound
	}
	return string(name), nil
}

// issue makes a certificate for r and mails where it is.
func (p *portal) issue(ctx context.Context, tx *db.Tx, s listed, r Registration) error {
	code := newCode()
	seal, err := p.seal(code, r.Name)
	if err != nil {
		return err
	}
	c := Certificate{
		Code: code, Title: s.Title, HeldOn: hours.DateOf(s.StartsAt, s.Location()).String(), Minutes: int(s.Length().Minutes()),
		Proof: p.prove(code, r.Name), IssuedAt: p.Now(),
	}
	if err := db.Insert(ctx, tx, "training_certificate", c); err != nil {
		return err
	}
	to := mail.To{Address: r.Email, Name: r.Name, Lang: r.Lang}
	if r.AccountID != nil {
		to.AccountID = *r.AccountID
	}
	return p.Mail.Send(ctx, tx, to, func(ctx context.Context) mail.Letter {
		return p.certificateLetter(ctx, s, r, p.Config.URL+"/trainings/certificates/"+code+"/"+seal)
	})
}

func (p *portal) certificateLetter(ctx context.Context, s listed, r Registration, link string) mail.Letter {
	return mail.Letter{
		Kind: "trainings.certificate", Subject: i18n.T(ctx, "trainings.mail.certificate.subject", s.Title), Heading: i18n.T(ctx, "trainings.mail.certificate.heading"),
		Parts: []mail.Part{
			mail.Para(i18n.T(ctx, "trainings.mail.certificate.text", s.Title)),
			mail.Button(i18n.T(ctx, "trainings.mail.certificate.button"), link),
			mail.Fine(i18n.T(ctx, "trainings.mail.certificate.fine")),
		},
		Thread: "training-registration:" + r.ID, About: mailsOfAsker + r.ID, Why: i18n.T(ctx, "trainings.mail.why"),
	}
}

func certificateByCode(ctx context.Context, on db.Querier, code string) (Certificate, error) {
	return db.Get[Certificate](ctx, on, `SELECT * FROM training_certificate WHERE code = ?`, code)
}

type checkForm struct {
	Code string `form:"code" binding:"max=60"`
	Name string `form:"name" binding:"max=100"`
}

// certificateForm asks for a code to check.
func (p *portal) certificateForm(c *web.Context) error {
	form := web.NewForm[checkForm]("trainings.check")
	if _, err := form.Bind(c); err != nil {
		return err
	}
	if form.V.Code == "" {
		form.Errors = nil
		return c.Render(http.StatusOK, checkView(form))
	}
	if code := codeOf(form.V.Code); code != "" {
		return c.See("/trainings/certificates/" + code)
	}
	form.Wrong(c, "Code", "unknown")
	return c.Render(http.StatusUnprocessableEntity, checkView(form))
}

// certificate tells anyone what a code stands for, and whether a name is the
// one that the certificate was made for.
func (p *portal) certificate(c *web.Context) error {
	form := web.NewForm[checkForm]("trainings.check")
	if _, err := form.Bind(c); err != nil {
		return err
	}
	form.V.Code = c.Param("code")
	found, err := certificateByCode(c, p.DB, codeOf(c.Param("code")))
	if errors.Is(err, fault.NotFound) {
		form.Wrong(c, "Code", "unknown")
		return c.Render(http.StatusNotFound, checkView(form))
	}
	if err != nil {
		return err
	}
	form.Errors = nil
	same := form.V.Name != "" && hmac.Equal([]byte(p.prove(found.Code, form.V.Name)), []byte(found.Proof))
	return c.Render(http.StatusOK, certificateView(found, form, same))
}

// held reads a certificate and the name in the address of a request.
func (p *portal) held(c *web.Context) (found Certificate, name string, err error) {
	c.Private()
	if found, err = certificateByCode(c, p.DB, c.Param("code")); err != nil {
		return found, "", err
	}
	name, err = p.unseal(found.Code, c.Param("seal"))
	return found, name, err
}

// certificateHeld is the participant's own page of his certificate.
func (p *portal) certificateHeld(c *web.Context) error {
	found, name, err := p.held(c)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, heldView(found, name, "/trainings/certificates/"+found.Code+"/"+url.PathEscape(c.Param("seal"))))
}

// withdrawCertificate takes a certificate out of the register, for who holds it.
func (p *portal) withdrawCertificate(c *web.Context) error {
	found, _, err := p.held(c)
	if err != nil {
		return err
	}
	if _, err := db.Exec(c, p.DB, `DELETE FROM training_certificate WHERE code = ?`, found.Code); err != nil {
		return err
	}
	return c.RedirectTo("/trainings/certificates/", "trainings.certificate.withdrawn")
}

func (p *portal) certificatePDF(c *web.Context) error {
	found, name, err := p.held(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := p.drawCertificate(c.Request.Context(), &out, found, name); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="certificate-`+found.Code+`.pdf"`)
	c.Data(http.StatusOK, "application/pdf", out.Bytes())
	return nil
}

// drawCertificate draws a certificate on one lying page. The same certificate
// gives the same bytes.
func (p *portal) drawCertificate(ctx context.Context, out *bytes.Buffer, found Certificate, name string) error {
	pdf := fpdf.New("L", "mm", "A4", "")
	pdf.SetCreationDate(found.IssuedAt.UTC())
	pdf.SetModificationDate(found.IssuedAt.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetLang(i18n.Lang(ctx))
	pdf.SetTitle(i18n.T(ctx, "trainings.certificate.title")+": "+found.Title, true)
	pdf.SetAuthor(p.Site.Vendor().LegalName, true)
	pdf.AddUTF8FontFromBytes("go", "", goregular.TTF)
	pdf.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(30, 0, 30)
	pdf.AddPage()
	pdf.SetDrawColor(24, 74, 178)
	pdf.SetLineWidth(1.2)
	pdf.Rect(12, 12, 273, 186, "D")
	line := func(y, size float64, style, s string) {
		pdf.SetXY(30, y)
		pdf.SetFont("go", style, size)
		for pdf.GetStringWidth(s) > 237 && size > 12 { // a long name or title stays on its line
			size--
			pdf.SetFontSize(size)
		}
		pdf.MultiCell(237, size*.5, s, "", "C", false)
	}
	line(32, 14, "", p.Site.Vendor().Name)
	line(46, 34, "B", i18n.T(ctx, "trainings.certificate.title"))
	line(76, 13, "", i18n.T(ctx, "trainings.certificate.says"))
	line(88, 26, "B", name)
	line(110, 13, "", i18n.T(ctx, "trainings.certificate.attended"))
	line(121, 20, "B", found.Title)
	line(143, 13, "", i18n.T(ctx, "trainings.certificate.held", i18n.DayLong(ctx, found.Held()), i18n.Span(ctx, found.Span())))
	pdf.SetTextColor(80, 80, 80)
	line(172, 10, "", i18n.T(ctx, "trainings.certificate.check", p.Config.URL+"/trainings/certificates/"+found.Code))
	line(180, 11, "B", found.Code)
	return pdf.Output(out)
}
