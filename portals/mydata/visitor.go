package mydata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/privacy"
	"loket/app/web"
)

// statementPage is a statement with what stands around it.
type statementPage struct {
	privacy.Document
	Current  bool // the one in force
	Versions []privacy.Version
	Last     *privacy.Progress // what the last night did
	Days     map[int64]string  // of each version, in words
	Day      string
	PDF      string
}

func (p *portal) statement(c *web.Context) error {
	doc, err := p.Privacy.Statement(c, i18n.Lang(c))
	if err != nil {
		return err
	}
	page, err := p.around(c, doc)
	if err != nil {
		return err
	}
	page.Current = true
	last, err := p.Privacy.LastNight(c)
	switch {
	case err == nil:
		page.Last = &last
	case !errors.Is(err, fault.NotFound):
		return err
	}
	return c.Render(http.StatusOK, statementView(page))
}

func (p *portal) around(ctx context.Context, doc privacy.Document) (page statementPage, err error) {
	page = statementPage{Document: doc, Day: p.isoText(ctx, doc.EffectiveOn), Days: map[int64]string{}}
	if page.Versions, err = p.Privacy.Versions(ctx); err != nil {
		return page, err
	}
	for _, v := range page.Versions {
		page.Days[v.Number] = p.isoText(ctx, v.EffectiveOn)
	}
	if doc.Number > 0 {
		page.PDF = "/privacy/v/" + strconv.FormatInt(doc.Number, 10) + ".pdf"
	}
	return page, nil
}

// version shows a version as it was published: as a page, as the frozen copy
// (N.pdf), or for a program (N.json).
func (p *portal) version(c *web.Context) error {
	name := c.Param("version")
	kind := ""
	for _, suffix := range []string{".pdf", ".json"} {
		if rest, ok := strings.CutSuffix(name, suffix); ok {
			name, kind = rest, suffix
		}
	}
	number, err := number(name)
	if err != nil {
		return err
	}
	v, err := p.Privacy.Version(c, number)
	if err != nil {
		return err
	}
	doc, err := v.Document(i18n.Lang(c))
	if err != nil {
		return err
	}
	switch kind {
	case ".pdf":
		var b bytes.Buffer
		if err := doc.PDF(&b); err != nil {
			return err
		}
		c.Header("Content-Disposition", `inline; filename="privacy-`+name+`-`+doc.Lang+`.pdf"`)
		c.Data(http.StatusOK, "application/pdf", b.Bytes())
		return nil
	case ".json":
		return p.writeJSON(c, doc)
	}
	page, err := p.around(c, doc)
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, statementView(page))
}

// number reads the number of a version: an address with another text is no page.
func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != s {
		return 0, fault.NotFound
	}
	return n, nil
}

func (p *portal) statementJSON(c *web.Context) error {
	doc, err := p.Privacy.Statement(c, i18n.Lang(c))
	if err != nil {
		return err
	}
	return p.writeJSON(c, doc)
}

func (p *portal) writeJSON(c *web.Context, v privacy.Document) error {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", body)
	return nil
}

type diffPage struct {
	From, To       int64
	FromDay, ToDay string
	Lines          []privacy.DiffLine
	Changed        int
	Versions       []privacy.Version
}

// diff compares two versions, sentence by sentence.
func (p *portal) diff(c *web.Context) error {
	from, err := number(c.Param("from"))
	if err != nil {
		return err
	}
	to, err := number(c.Param("to"))
	if err != nil {
		return err
	}
	page := diffPage{From: from, To: to}
	if page.Lines, err = p.Privacy.Diff(c, from, to, i18n.Lang(c)); err != nil {
		return err
	}
	page.Lines, page.Changed = around(page.Lines)
	if page.Versions, err = p.Privacy.Versions(c); err != nil {
		return err
	}
	for _, v := range page.Versions {
		switch v.Number {
		case from:
			page.FromDay = p.isoText(c, v.EffectiveOn)
		case to:
			page.ToDay = p.isoText(c, v.EffectiveOn)
		}
	}
	return c.Render(http.StatusOK, diffView(page))
}

// around keeps of a difference what changed, with a line before and after it,
// and says how many lines changed.
func around(lines []privacy.DiffLine) (kept []privacy.DiffLine, changed int) {
	near := func(i int) bool {
		for j := max(0, i-1); j < min(len(lines), i+2); j++ {
			if lines[j].Op != "=" {
				return true
			}
		}
		return false
	}
	for i, line := range lines {
		if line.Op != "=" {
			changed++
		}
		if near(i) {
			kept = append(kept, line)
		}
	}
	return kept, changed
}
