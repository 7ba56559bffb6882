package contact

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/settings"
	"loket/app/web"
	"loket/db"
)

// Topic is what one can ask about: a form with its own team.
type Topic struct {
	Key, NL, EN string
	Team        []string // ids of the colleagues who hear of it; none: all who work on contact
}

// TopicsKey is the list of topics, in the order of the form.
var TopicsKey = settings.Key[[]Topic]{Name: "contact.topics", Default: []Topic{
	{Key: "question", NL: "Een vraag over wat we doen", EN: "A question about what we do"},
	{Key: "invoice", NL: "Een factuur of overeenkomst", EN: "An invoice or agreement"},
	{Key: "press", NL: "Pers en samenwerken", EN: "Press and working together"},
	{Key: "other", NL: "Iets anders", EN: "Something else"},
}}

const mostTopics = 20

// Name is the topic's name in a language.
func (t Topic) Name(lang string) string { return in(lang, t.NL, t.EN) }

// has reports whether a colleague is in the team.
func (t Topic) has(a account.Account) bool {
	return slices.Contains(t.Team, a.ID) || slices.Contains(t.Team, a.Email) // by address: as they were kept before
}

func (p *portal) topics(c ctx) ([]Topic, error) { return settings.Get(c, p.Settings, TopicsKey) }

func indexOf(all []Topic, key string) int {
	return slices.IndexFunc(all, func(t Topic) bool { return t.Key == key })
}

// topicOf is the topic with that key; one that is gone keeps its key as its name.
func (p *portal) topicOf(c ctx, key string) (Topic, error) {
	all, err := p.topics(c)
	if i := indexOf(all, key); i >= 0 {
		return all[i], err
	}
	return Topic{Key: key, NL: key, EN: key}, err
}

type topicForm struct {
	NL   string   `form:"nl" binding:"required,max=80"`
	EN   string   `form:"en" binding:"required,max=80"`
	Team []string `form:"team" binding:"max=50"`
}

// topic shows a topic, or an empty form for a new one.
func (p *portal) topic(c *web.Context) error {
	form := web.NewForm[topicForm]("contact.topic")
	if key := c.Param("key"); key != "new" {
		all, err := p.topics(c)
		i := indexOf(all, key)
		if err == nil && i < 0 {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		agents, err := account.Agents(c, p.DB, "contact")
		if err != nil {
			return err
		}
		form.V.NL, form.V.EN = all[i].NL, all[i].EN
		for _, a := range agents {
			if all[i].has(a) {
				form.V.Team = append(form.V.Team, a.ID)
			}
		}
	}
	return p.showTopic(c, http.StatusOK, form)
}

func (p *portal) showTopic(c *web.Context, status int, form web.Form[topicForm]) error {
	agents, err := account.Agents(c, p.DB, "contact")
	if err != nil {
		return err
	}
	var options []web.Option
	for _, a := range agents {
		options = append(options, web.Option{Value: a.ID, Label: a.Name})
	}
	return c.Render(status, topicView(form, options, c.Param("key")))
}

// saveTopic keeps a topic, or adds one at the end of the form.
func (p *portal) saveTopic(c *web.Context) error {
	form := web.Form[topicForm]{Prefix: "contact.topic"}
	if _, err := form.Bind(c); err != nil {
		return err
	}
	agents, err := account.Agents(c, p.DB, "contact")
	if err != nil {
		return err
	}
	for _, id := range form.V.Team {
		if !slices.ContainsFunc(agents, func(a account.Account) bool { return a.ID == id }) {
			form.Wrong(c, "Team", "oneof")
		}
	}
	if !form.OK() {
		return p.showTopic(c, http.StatusUnprocessableEntity, form)
	}
	t := Topic{Key: c.Param("key"), NL: form.V.NL, EN: form.V.EN, Team: form.V.Team}
	err = p.changeTopics(c, func(all []Topic) ([]Topic, error) {
		i := indexOf(all, t.Key)
		switch {
		case i >= 0:
			all[i] = t
			return all, nil
		case t.Key != "new":
			return nil, fault.NotFound
		case len(all) >= mostTopics:
			return nil, fault.Conflict
		}
		t.Key = keyOf(t.EN)
		if indexOf(all, t.Key) >= 0 || t.Key == "new" || t.Key == "" {
			t.Key = newID()
		}
		return append(all, t), nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/contact/settings", "contact.staff.kept")
}

// keyOf is a name as it stands in an address: "Press and more" is press-and-more.
func keyOf(name string) string {
	key := strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), "-")
	return key[:min(len(key), 40)]
}

// moveTopic has a topic stand one place higher in the form.
func (p *portal) moveTopic(c *web.Context) error {
	err := p.changeTopics(c, func(all []Topic) ([]Topic, error) {
		i := indexOf(all, c.Param("key"))
		if i < 0 {
			return nil, fault.NotFound
		}
		if i > 0 {
			all[i-1], all[i] = all[i], all[i-1]
		}
		return all, nil
	})
	if err != nil {
		return err
	}
	return c.RedirectTo("/staff/contact/settings", "contact.staff.kept")
}

// dropTopic takes a topic out of the form, unless it is the last. Questions that
// came in about it stay.
func (p *portal) dropTopic(c *web.Context) error {
	last := false
	err := p.changeTopics(c, func(all []Topic) ([]Topic, error) {
		i := indexOf(all, c.Param("key"))
		if i < 0 {
			return nil, fault.NotFound
		}
		if last = len(all) == 1; last {
			return all, nil
		}
		return slices.Delete(all, i, i+1), nil
	})
	if err != nil {
		return err
	}
	if last {
		return c.RedirectWith("/staff/contact/settings", web.Flash{Kind: "bad", Text: i18n.T(c, "contact.topic.last")})
	}
	return c.RedirectTo("/staff/contact/settings", "contact.topic.dropped")
}

func (p *portal) changeTopics(c *web.Context, change func([]Topic) ([]Topic, error)) error {
	return p.DB.Tx(c, func(tx *db.Tx) error {
		all, err := settings.GetIn(c, tx, TopicsKey)
		if err != nil {
			return err
		}
		if all, err = change(slices.Clone(all)); err != nil {
			return err
		}
		return settings.Put(c, tx, p.Settings, TopicsKey, all)
	})
}
