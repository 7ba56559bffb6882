package mydata

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
	"loket/templates"
)

// Invoices, which the law has us keep.

type invoiceForm struct {
	Number    string `form:"number" binding:"required,max=40"`
	Company   string `form:"company" binding:"required,max=60"`
	Addressee string `form:"addressee" binding:"required,max=200"`
	Address   string `form:"address" binding:"max=500"`
	Email     string `form:"email" binding:"omitempty,email,max=254"`
	About     string `form:"about" binding:"max=500"`
	Euros     string `form:"euros" binding:"required,max=20"`
	IssuedOn  string `form:"issued_on" binding:"required,datetime=2006-01-02"`
	PaidOn    string `form:"paid_on" binding:"omitempty,datetime=2006-01-02"`
}

func (p *portal) invoices(c *web.Context) error {
	list, err := invoicesPage(c, p.DB, c.Query("before"), c.Query("id"))
	if err != nil {
		return err
	}
	older := ""
	if len(list) > 50 {
		list = list[:50]
		older = "/staff/privacy/invoices?before=" + list[49].IssuedOn + "&id=" + list[49].ID
	}
	v := view{Title: i18n.T(c, "mydata.tab.invoices"), Hint: i18n.T(c, "mydata.invoices.hint"), Buttons: []templates.Link{{Path: "/staff/privacy/invoices/new", Label: i18n.T(c, "mydata.invoice.nav")}}}
	g := grid{Caption: i18n.T(c, "mydata.tab.invoices"), Heads: []string{i18n.T(c, "mydata.invoice.number"), i18n.T(c, "mydata.invoice.addressee"), i18n.T(c, "mydata.invoice.euros"), i18n.T(c, "mydata.invoice.paid_on")}}
	for _, i := range list {
		row := []cell{{Text: i.Number, Small: p.isoText(c, i.IssuedOn), Path: "/staff/privacy/invoices/" + i.ID}, {Text: i.Addressee, Small: i.About}, {Text: euros(c, i.Cents), Num: true}, {Text: i18n.T(c, "mydata.invoices.unpaid")}}
		if i.PaidOn != nil {
			row[3].Text = p.isoText(c, *i.PaidOn)
		}
		g.Rows = append(g.Rows, row)
	}
	if len(list) == 0 {
		v.Parts = append(v.Parts, templates.Empty("euro", i18n.T(c, "mydata.invoices.none"), i18n.T(c, "mydata.invoices.none.text")))
	} else {
		v.Parts = append(v.Parts, gridView(g), templates.Pager("", older))
	}
	return p.show(c, http.StatusOK, v)
}

func euros(c *web.Context, cents int64) string {
	return "€ " + i18n.Decimal(c, float64(cents)/100, 2)
}

// cents reads an amount as people write it: 1250, 1.250,00, 1250.00.
func cents(s string) (int64, bool) {
	whole, part := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "€")), ""
	if i := strings.LastIndexAny(whole, ".,"); i >= 0 && len(whole)-i-1 <= 2 {
		whole, part = whole[:i], whole[i+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "", " ", "").Replace(whole)
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil && n >= 0 && n < 1e12
}

func (p *portal) blankInvoice(c *web.Context) error {
	form := web.NewForm[invoiceForm]("mydata.invoice")
	form.V.IssuedOn = p.today().String()
	return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
}

func (p *portal) invoicePage(c *web.Context, form web.Form[invoiceForm], action string, until []privacy.Due) error {
	list, err := companies(c, p.DB)
	if err != nil {
		return err
	}
	var options []web.Option
	for _, co := range list {
		options = append(options, web.Option{Value: co.ID, Label: co.Name})
	}
	f := func(name string) templ.Component { return templates.Text(form.Field(c, name)) }
	v := view{Title: i18n.T(c, "mydata.invoice.title"), Wrong: !form.OK(), Crumbs: []templates.Link{{Path: "/staff/privacy/invoices", Label: i18n.T(c, "mydata.tab.invoices")}, {Label: i18n.T(c, "mydata.invoice.title")}}}
	for _, d := range until {
		words := text(c, d.Sentence)
		if !d.Until.IsZero() {
			words += " " + i18n.T(c, "mydata.invoice.floor", p.dayText(c, d.Until))
		}
		v.Parts = append(v.Parts, noteView("info", words))
	}
	inputs := []templ.Component{f("Addressee"), templates.Textarea(form.Field(c, "Address")), f("Email"), f("About"), f("Euros"), templates.Text(form.Field(c, "PaidOn").As("date"))}
	if action == "/staff/privacy/invoices/new" {
		inputs = append([]templ.Component{f("Number"), templates.Select(form.Field(c, "Company").With(options...)), templates.Text(form.Field(c, "IssuedOn").As("date"))}, inputs...)
	} else {
		inputs = append([]templ.Component{templates.Hidden("number", form.V.Number), templates.Hidden("company", form.V.Company), templates.Hidden("issued_on", form.V.IssuedOn)}, inputs...)
		v.Title = form.V.Number
	}
	v.Parts = append(v.Parts, fieldsView(fields{Action: action, Complaints: form.Complaints(), Once: form.Once, Submit: i18n.T(c, "mydata.save"), Inputs: inputs}))
	return p.show(c, statusOf(form.OK()), v)
}

func (p *portal) addInvoice(c *web.Context) error {
	form := web.Form[invoiceForm]{Prefix: "mydata.invoice"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	amount, good := cents(form.V.Euros)
	if ok && !good {
		form.Wrong(c, "Euros", "amount")
	}
	if ok {
		if _, err := account.CompanyByID(c, p.DB, form.V.Company); errors.Is(err, fault.NotFound) {
			form.Wrong(c, "Company", "unknown")
		} else if err != nil {
			return err
		}
	}
	if !form.OK() {
		return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
	}
	i := form.V.invoice(amount)
	i.ID, i.CreatedAt = rand.Text(), c.Now()
	if i.Email != "" {
		if id := p.accountOf(c, person{Subject: privacy.Subject{Email: i.Email}}); id != "" {
			i.AccountID = &id
		}
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := c.Once(tx, form.Once, "/staff/privacy/invoices/"+i.ID); err != nil {
			return err
		}
		if err := db.Insert(c, tx, "invoice", i); err != nil {
			return err
		}
		return audit(c, tx, "invoice", "invoice:"+i.ID, "")
	})
	if errors.Is(err, fault.Conflict) {
		form.Wrong(c, "Number", "taken")
		return p.invoicePage(c, form, "/staff/privacy/invoices/new", nil)
	}
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/invoices", "mydata.saved")
}

// invoice is the form as a row.
func (f invoiceForm) invoice(cents int64) invoice {
	i := invoice{Number: f.Number, CompanyID: f.Company, Addressee: f.Addressee, Address: f.Address, Email: strings.ToLower(f.Email), About: f.About, Cents: cents, IssuedOn: f.IssuedOn}
	if f.PaidOn != "" {
		i.PaidOn = &f.PaidOn
	}
	return i
}

func (p *portal) showInvoice(c *web.Context) error {
	i, err := invoiceByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.NewForm[invoiceForm]("mydata.invoice")
	form.V = invoiceForm{Number: i.Number, Company: i.CompanyID, Addressee: i.Addressee, Address: i.Address, Email: i.Email, About: i.About, Euros: strings.TrimPrefix(euros(c, i.Cents), "€ "), IssuedOn: i.IssuedOn}
	if i.PaidOn != nil {
		form.V.PaidOn = *i.PaidOn
	}
	until, err := p.Privacy.Explain(c, c.Now(), "invoice", i.ID)
	if err != nil {
		return err
	}
	if i.AccountID != nil {
		err := c.Aside(func(ctx context.Context) error {
			return p.DB.Tx(ctx, func(tx *db.Tx) error { return audit(c, tx, "read", "invoice:"+i.ID, *i.AccountID) })
		})
		if err != nil {
			return err
		}
	}
	return p.invoicePage(c, form, "/staff/privacy/invoices/"+i.ID, until)
}

func (p *portal) saveInvoice(c *web.Context) error {
	i, err := invoiceByID(c, p.DB, c.Param("id"))
	if err != nil {
		return err
	}
	form := web.Form[invoiceForm]{Prefix: "mydata.invoice"}
	ok, err := form.Bind(c)
	if err != nil {
		return err
	}
	amount, good := cents(form.V.Euros)
	if ok && !good {
		form.Wrong(c, "Euros", "amount")
	}
	if !form.OK() {
		return p.invoicePage(c, form, "/staff/privacy/invoices/"+i.ID, nil)
	}
	changed := form.V.invoice(amount)
	changed.ID = i.ID
	about := ""
	if i.AccountID != nil {
		about = *i.AccountID
	}
	err = p.DB.Tx(c, func(tx *db.Tx) error {
		if err := saveInvoice(c, tx, changed); err != nil {
			return err
		}
		return audit(c, tx, "invoice.changed", "invoice:"+i.ID, about)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/privacy/invoices", "mydata.saved")
}

// invoice is a bill: the law decides how long it stays.
type invoice struct {
	ID        string
	Number    string
	CompanyID string  `db:"company_id"`
	AccountID *string `db:"account_id"`
	Addressee string
	Address   string
	Email     string
	About     string
	Cents     int64
	IssuedOn  string    `db:"issued_on"`
	PaidOn    *string   `db:"paid_on"`
	CreatedAt time.Time `db:"created_at"`
}

func invoicesPage(ctx context.Context, on db.Querier, before, id string) ([]invoice, error) {
	return db.All[invoice](ctx, on, `
		SELECT * FROM invoice WHERE (issued_on, id) < (?, ?)
		ORDER BY issued_on DESC, id DESC LIMIT 51`, cmp.Or(before, "9999-12-31"), id)
}

func invoiceByID(ctx context.Context, on db.Querier, id string) (invoice, error) {
	return db.Get[invoice](ctx, on, `SELECT * FROM invoice WHERE id = ?`, id)
}

func saveInvoice(ctx context.Context, on db.Querier, i invoice) error {
	_, err := db.ExecNamed(ctx, on, `UPDATE invoice SET addressee = :addressee, address = :address, email = :email, about = :about, cents = :cents, paid_on = :paid_on WHERE id = :id`, i)
	return err
}
