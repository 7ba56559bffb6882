package mydata

import (
	"net/http"
	"time"

	"loket/app/account"
	"loket/app/i18n"
	"loket/app/links"
	"loket/app/privacy"
	"loket/app/web"
	"loket/db"
)

// Purposes of the links that are mailed.
const (
	linkMine = "mydata.mine" // shows its address what is held of it
	linkStop = "mydata.stop" // stops an erasure
)

const (
	linkFor  = 24 * time.Hour
	proofFor = time.Hour
)

// How often somebody may have a link mailed: to one address, and from one network.
var (
	requestsTo   = web.Limit{What: "mydata.request", Times: 3, Within: time.Hour}
	requestsFrom = web.Limit{What: "mydata.request.from", Times: 20, Within: time.Hour}
)

// proof is kept in the browser of who came by a mailed link: that the address
// is his, for an hour.
type proof struct {
	Email string
	Until time.Time
}

const proofName = "mine"

// person is whose data the pages of my data are about.
type person struct {
	privacy.Subject
	Proven bool // by a mailed link, not by signing in
}

// self is who asks: by a mailed link, or signed in. Nobody else sees these pages.
func (p *portal) self(c *web.Context) (person, error) {
	var by proof
	if c.Recall(proofName, &by) && by.Email != "" && c.Now().Before(by.Until) {
		return person{privacy.Subject{Email: by.Email}, true}, nil
	}
	if c.Account == nil {
		return person{}, errNobody
	}
	who := person{Subject: privacy.Subject{AccountID: c.Account.ID}}
	if c.Account.Verified() {
		who.Email = account.Address(c.Account.Email)
	}
	return who, nil
}

// channel says how this person comes.
func (who person) channel() string {
	if who.Proven {
		return privacy.ByLink
	}
	return privacy.ByAccount
}

type requestForm struct {
	Email string `form:"email" binding:"required,email,max=254"`
	Type  string `form:"type" binding:"required,oneof=access rectification erasure restriction portability objection withdrawal"`
}

func (p *portal) blankRequest(c *web.Context) error {
	form := web.NewForm[requestForm]("mydata.request")
	form.V.Type = privacy.Access
	return c.Render(http.StatusOK, requestView(form))
}

// request mails a link to the address, whoever's it is and whether or not we
// know it: the answer, and the work, are the same.
func (p *portal) request(c *web.Context) error {
	form := web.Form[requestForm]{Prefix: "mydata.request"}
	if ok, err := form.Bind(c); err != nil {
		return err
	} else if !ok {
		return c.Render(http.StatusUnprocessableEntity, requestView(form))
	}
	email := account.Address(form.V.Email)
	if err := requestsFrom.Take(c, p.DB, web.Network(c.ClientIP()), c.Now()); err != nil {
		return err
	}
	if err := requestsTo.Take(c, p.DB, email, c.Now()); err != nil {
		return err
	}
	lang := i18n.Lang(c)
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		secret, err := links.Only(c, tx, links.Link{Purpose: linkMine, Email: email, Subject: form.V.Type}, c.Now(), linkFor)
		if err != nil {
			return err
		}
		return p.Mail.Send(c, tx, to(email, lang), linkLetter(form.V.Type, c.Link("/privacy/link/"+secret)))
	})
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, requestedView())
}

// showLink asks before it uses a mailed link: mail scanners open every link.
func (p *portal) showLink(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkMine, c.Param("secret"), c.Now())
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, linkView(link.Email, c.Request.URL.Path))
}

// useLink shows whoever has the address what is held of it, for an hour.
func (p *portal) useLink(c *web.Context) error {
	c.Private()
	var link links.Link
	err := p.DB.Tx(c, func(tx *db.Tx) (err error) {
		link, err = links.Use(c, tx, linkMine, c.Param("secret"), c.Now())
		return err
	})
	if err != nil {
		return err
	}
	if err := c.Remember(proofName, proof{link.Email, c.Now().Add(proofFor)}, proofFor); err != nil {
		return err
	}
	next := "/privacy/mine"
	switch link.Subject {
	case privacy.Erasure:
		next = "/privacy/mine/erase"
	case privacy.Objection:
		next = "/privacy/mine/object"
	case privacy.Rectification, privacy.Restriction:
		next = "/privacy/mine/ask?type=" + link.Subject
	}
	return c.See(next)
}

// leave ends the hour of a mailed link.
func (p *portal) leave(c *web.Context) error {
	c.Forget(proofName)
	return c.RedirectTo("/privacy/", "mydata.mine.left")
}

// showStop and stop undo an erasure by the link in the mail about it.
func (p *portal) showStop(c *web.Context) error {
	c.Private()
	link, err := links.Look(c, p.DB, linkStop, c.Param("secret"), c.Now())
	if err != nil {
		return err
	}
	r, err := p.Privacy.Request(c, link.Subject)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, stopView(r, c.Request.URL.Path))
}

func (p *portal) stop(c *web.Context) error {
	c.Private()
	err := p.DB.Tx(c, func(tx *db.Tx) error {
		link, err := links.Use(c, tx, linkStop, c.Param("secret"), c.Now())
		if err != nil {
			return err
		}
		if err := p.Privacy.StopErasure(c, tx, link.Subject); err != nil {
			return err
		}
		return p.auditRequest(c, tx, "erase.stopped", link.Subject)
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/privacy/", "mydata.stop.done")
}

// auditRequest writes down what was done about the person of a request.
func (p *portal) auditRequest(c *web.Context, tx *db.Tx, act, id string) error {
	r, err := db.Get[privacy.Request](c, tx, `SELECT * FROM request WHERE id = ?`, id)
	if err != nil {
		return err
	}
	about := ""
	if r.AccountID != nil {
		about = *r.AccountID
	}
	return audit(c, tx, act, "request:"+id, about)
}
