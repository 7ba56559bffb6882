package ideas

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"loket/app/i18n"
	"loket/app/text"
	"loket/app/web"
	"loket/templates"
)

// What the pages say, worked out from what they are given.

// asked is what the address asks, cleaned: PostgreSQL refuses what is no text.
func asked(c *web.Context, name string) string { return strings.TrimSpace(text.Clean(c.Query(name))) }

// tabs are the views under the title of the lists and the roadmap.
func tabs(ctx context.Context, view, page string, total, mine int, member bool) []templates.Tab {
	all := []templates.Tab{
		{Path: "/ideas/", Label: i18n.T(ctx, "ideas.tab.all"), Count: total, Current: page == "list" && view == ""},
		{Path: "/ideas/roadmap", Label: i18n.T(ctx, "ideas.roadmap"), Current: page == "roadmap"},
	}
	if member {
		all = append(all,
			templates.Tab{Path: "/ideas/?view=mine", Label: i18n.T(ctx, "ideas.tab.mine"), Count: mine, Current: view == "mine"},
			templates.Tab{Path: "/ideas/?view=voted", Label: i18n.T(ctx, "ideas.tab.voted"), Current: view == "voted"})
	}
	return all
}

// viewIcons are the drawings beside the lists of colleagues.
var viewIcons = map[string]string{
	"new": "inbox", "moderate": "eye", "review": "clock", "planned": "flag", "started": "bolt", "completed": "check",
	"declined": "cross", "private": "lock", "merged": "merge", "all": "idea",
}

// staffViews are the lists of colleagues, for the side of their pages.
func staffViews(ctx context.Context, view string, counts map[string]int) []templates.Tab {
	var all []templates.Tab
	for _, name := range viewNames {
		all = append(all, templates.Tab{Path: "/staff/ideas/?view=" + name, Icon: viewIcons[name], Label: i18n.T(ctx, "ideas.view."+name), Count: counts[name], Hot: name == "moderate", Current: name == view})
	}
	return all
}

// filtered reports whether the list leaves something out.
func (page listPage) filtered() bool {
	return page.Q != "" || page.Filter.Status != "" || page.Filter.Board != "" || page.Filter.Tag != ""
}

// at is where somebody is on the list, to come back to after voting.
func (page listPage) at(ctx context.Context, r Row) string {
	return web.Of(ctx).Request.URL.RequestURI() + "#idea-" + strconv.FormatInt(r.Number, 10)
}

func orderField(ctx context.Context, chosen string) web.Field {
	f := web.Field{ID: "f-order", Name: "order", Label: i18n.T(ctx, "ideas.order"), Values: []string{chosen}}
	var options []web.Option
	for _, name := range orderNames {
		options = append(options, web.Option{Value: name, Label: i18n.T(ctx, "ideas.order."+name)})
	}
	return f.With(options...)
}

func statusField(ctx context.Context, chosen string) web.Field {
	f := web.Field{ID: "f-status", Name: "status", Label: i18n.T(ctx, "ideas.col.status"), Values: []string{chosen}}
	return f.With(append([]web.Option{{Label: i18n.T(ctx, "ideas.status.any")}}, statusOptions(ctx)...)...)
}

// statusOptions are the statuses that an idea can be given.
func statusOptions(ctx context.Context) []web.Option {
	var options []web.Option
	for _, name := range statuses {
		options = append(options, web.Option{Value: name, Label: i18n.T(ctx, "ideas.status."+name)})
	}
	return options
}

func topicField(ctx context.Context, chosen string, all []Board) web.Field {
	f := web.Field{ID: "f-topic", Name: "topic", Label: i18n.T(ctx, "ideas.col.topic"), Values: []string{chosen}}
	return f.With(boardOptions(all, web.Option{Label: i18n.T(ctx, "ideas.topic.any")})...)
}

func tagField(ctx context.Context, chosen string, all []Tag) web.Field {
	f := web.Field{ID: "f-tag", Name: "tag", Label: i18n.T(ctx, "ideas.tags"), Values: []string{chosen}}
	options := []web.Option{{Label: i18n.T(ctx, "ideas.tag.any")}}
	for _, t := range all {
		options = append(options, web.Option{Value: t.ID, Label: t.Name})
	}
	return f.With(options...)
}

func tagOptions(all []Tag, internal bool) []web.Option {
	var options []web.Option
	for _, t := range all {
		if t.Internal == internal {
			options = append(options, web.Option{Value: t.ID, Label: t.Name})
		}
	}
	return options
}

// chosenBoard offers the boards, the first when none is chosen yet.
func chosenBoard(f web.Field, all []Board) web.Field {
	if f.Value == "" && len(all) > 0 {
		f.Value, f.Values = all[0].ID, []string{all[0].ID}
	}
	return f.With(boardOptions(all)...)
}

// renamed gives a field an id of its own where a form stands on a page more
// than once.
func renamed(f web.Field, prefix string) web.Field {
	f.ID = prefix + f.Name
	return f
}

// receipt is what we keep of an idea, in the words of the rule that the night obeys.
func receipt(ctx context.Context) templates.Keeps {
	lang := i18n.Lang(ctx)
	ours := purposes[0]
	return templates.Keeps{Why: ours.Why.In(lang), Until: ideaTerm.Sentence(lang), Who: i18n.T(ctx, "ideas.keeps.who")}
}

// byWhom is who wrote an idea: a colleague and he himself read the whole name.
func (page ideaPage) byWhom(ctx context.Context) string {
	switch {
	case page.Account != nil && page.Idea.by(page.Account.ID):
		return i18n.T(ctx, "ideas.by.you")
	case page.Agent && page.Author != "":
		return page.Author
	}
	return shortName(ctx, page.Author)
}

// wrote reports whether who looks at the page wrote that comment.
func (page ideaPage) wrote(k commentRow) bool {
	return page.Account != nil && k.AccountID != nil && *k.AccountID == page.Account.ID
}

func remarkPath(idea, comment string) string { return "/ideas/" + idea + "/comments/" + comment }

func ideaCrumbs(ctx context.Context, i Idea, here string) []templates.Link {
	return []templates.Link{{Path: "/ideas/", Label: i18n.T(ctx, "ideas.title")}, {Path: i.Path(), Label: "#" + strconv.FormatInt(i.Number, 10)}, {Label: here}}
}

// said is a comment as visitors and customers read it.
func (page ideaPage) said(ctx context.Context, k commentRow) templates.Said {
	m := page.staffSaid(ctx, k)
	if !page.Agent {
		name := ""
		if k.Name != nil {
			name = *k.Name
		}
		m.Who = shortName(ctx, name)
	}
	m.You = page.wrote(k)
	return m
}

func (page ideaPage) staffSaid(ctx context.Context, k commentRow) templates.Said {
	m := templates.Said{ID: k.ID, By: "you", WhoID: k.ID, Who: nameOr(ctx, k.Name), At: k.CreatedAt}
	if k.AccountID != nil {
		m.WhoID = *k.AccountID
	}
	if k.Official {
		m.By, m.From = "us", web.Of(ctx).Site.Vendor().Name
	}
	return m
}

// shownMerged counts the ideas merged into this one that everybody may know of.
func (page ideaPage) shownMerged() (n int) {
	for _, m := range page.Merged {
		if m.Shown {
			n++
		}
	}
	return n
}

// ok reports whether no form on the page is wrong.
func (page workPage) ok() bool {
	return page.Status.OK() && page.Edit.OK() && page.Merge.OK() && page.Behalf.OK() && page.Note.OK()
}

func nameOr(ctx context.Context, name *string) string {
	if name == nil || *name == "" {
		return i18n.T(ctx, "ideas.former")
	}
	return *name
}

func companyFacts(ctx context.Context, all []companyRow) []templates.Fact {
	var facts []templates.Fact
	for _, k := range all {
		value := i18n.N(ctx, "ideas.votes", k.Voters)
		if k.Size != "" {
			value += " · " + i18n.T(ctx, "ideas.companies.size", k.Size)
		}
		facts = append(facts, templates.Fact{Name: k.Name, Value: value})
	}
	return facts
}

func voterNote(ctx context.Context, v voterRow) string {
	parts := []string{i18n.Day(ctx, v.VotedAt)}
	if v.Company != "" {
		parts = append(parts, v.Company)
	}
	if v.CastBy != nil {
		parts = append(parts, i18n.T(ctx, "ideas.behalf.by", *v.CastBy, v.Consent))
	} else if v.Consent != "" {
		parts = append(parts, i18n.T(ctx, "ideas.agree.by"))
	}
	return strings.Join(parts, " · ")
}

// formOf is the form of a board, filled in as it is or as somebody filled it in
// wrongly.
func (page boardsPage) formOf(b Board) web.Form[boardForm] {
	if b.ID == page.Wrong {
		return page.Board
	}
	return web.Form[boardForm]{Prefix: "ideas.board", V: boardForm{b.Name, b.Product, b.About, b.Position, b.Moderated, b.ClosedAt != nil}}
}

func (page boardsPage) productOptions(ctx context.Context) []web.Option {
	options := []web.Option{{Label: i18n.T(ctx, "ideas.board.product.none")}}
	for _, product := range page.Products {
		options = append(options, web.Option{Value: product.Key, Label: product.Name})
	}
	return options
}

// boardOptions are the boards to choose from.
func boardOptions(all []Board, first ...web.Option) []web.Option {
	for _, b := range all {
		first = append(first, web.Option{Value: b.ID, Label: b.Name, Hint: b.About})
	}
	return slices.Clip(first)
}
