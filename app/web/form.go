package web

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"

	"loket/app/account"
	"loket/app/fault"
	"loket/app/i18n"
	"loket/app/text"
)

// Form is a filled-in form: its values as typed, and what is wrong with them.
// The struct tags of V are the only place where its rules are written; the
// page and the check both follow them.
//
// The texts of a field NAME of a form with Prefix "tickets.new" are
// tickets.new.NAME (label), .NAME.hint, .NAME.OPTION (options), and for an
// error .NAME.RULE, else site.field.RULE.
type Form[V any] struct {
	V      V
	Prefix string
	Errors map[string]string // by the name of the struct's field; "" is of the form as a whole
	Once   string            // makes a repeated post one thing, see Context.Once
}

// Field is one input of a form, as the components in templates show it.
type Field struct {
	ID, Name, Label, Hint, Value, Error string
	Values                              []string // of a field that takes several
	Required                            bool
	Max                                 int // runes, 0 when there is no limit
	Type                                string
	Options                             []Option
	Autocomplete                        string
	Ask, Into                           string // the script asks this path while somebody types, for this part of the page
}

// Option is one answer of a field that offers answers.
type Option struct {
	Value, Label, Hint, End string
	Chosen                  bool
}

// Bind reads the form from the request. If something is wrong with it, ok is
// false and Errors says what, in the language of the visitor. A body that
// cannot be read is an error.
func (f *Form[V]) Bind(c *Context) (ok bool, err error) {
	values, err := c.values()
	if err != nil {
		return false, err
	}
	f.Once = first(values["once"])
	f.Errors = map[string]string{}
	err = binding.MapFormWithTag(&f.V, values, "form")
	var number *strconv.NumError
	if errors.As(err, &number) {
		return false, errors.Join(fault.BadInput, err)
	}
	if err != nil {
		return false, errors.Join(fault.BadInput, err)
	}
	clean(reflect.ValueOf(&f.V).Elem())
	err = rules.Struct(&f.V)
	var wrong validator.ValidationErrors
	if errors.As(err, &wrong) {
		for _, w := range wrong {
			name, _, _ := strings.Cut(w.StructField(), "[")
			if f.Errors[name] == "" {
				f.Errors[name] = f.complaint(c, name, w.Tag(), w.Param())
			}
		}
		return false, nil
	}
	return err == nil, err
}

// Wrong notes that a field (by the name in the struct) is wrong, for a reason
// that has a text: PREFIX.NAME.reason, else site.field.reason.
func (f *Form[V]) Wrong(ctx context.Context, field, reason string, args ...any) {
	if f.Errors == nil {
		f.Errors = map[string]string{}
	}
	f.Errors[field] = i18n.Or(ctx, []string{f.Prefix + "." + f.name(field) + "." + reason, "site.field." + reason}, args...)
}

// OK reports whether nothing is wrong with the form.
func (f *Form[V]) OK() bool { return len(f.Errors) == 0 }

func (f *Form[V]) complaint(ctx context.Context, field, rule, param string) string {
	keys := []string{f.Prefix + "." + f.name(field) + "." + rule, "site.field." + rule}
	if param != "" && (rule == "max" || rule == "min") {
		return i18n.Or(ctx, keys, param)
	}
	if !i18n.Has(ctx, keys[0]) && !i18n.Has(ctx, keys[1]) {
		return i18n.T(ctx, "site.field.invalid")
	}
	return i18n.Or(ctx, keys)
}

func (f Form[V]) name(field string) string {
	sf, ok := reflect.TypeFor[V]().FieldByName(field)
	if !ok {
		panic("no field " + field + " in " + reflect.TypeFor[V]().Name())
	}
	return sf.Tag.Get("form")
}

// Field describes the input for the struct field of that name.
func (f Form[V]) Field(ctx context.Context, field string) Field {
	sf, ok := reflect.TypeFor[V]().FieldByName(field)
	if !ok {
		panic("no field " + field + " in " + reflect.TypeFor[V]().Name())
	}
	name := sf.Tag.Get("form")
	key := f.Prefix + "." + name
	out := Field{ID: "f-" + name, Name: name, Label: i18n.T(ctx, key), Error: f.Errors[field], Type: "text", Autocomplete: sf.Tag.Get("autocomplete")}
	if i18n.Has(ctx, key+".hint") {
		out.Hint = i18n.T(ctx, key+".hint")
	}
	out.Values = stringsOf(reflect.ValueOf(f.V).FieldByName(field))
	out.Value = first(out.Values)
	for rule := range strings.SplitSeq(sf.Tag.Get("binding"), ",") {
		switch rule, param, _ := strings.Cut(rule, "="); rule {
		case "required":
			out.Required = true
		case "max":
			out.Max, _ = strconv.Atoi(param)
		case "email", "url":
			out.Type = rule
		case "oneof":
			for _, value := range strings.Fields(param) {
				out.Options = append(out.Options, out.option(ctx, key, value))
			}
		}
	}
	if out.Type == "email" && out.Autocomplete == "" {
		out.Autocomplete = "email"
	}
	return out
}

func (f Field) option(ctx context.Context, key, value string) Option {
	o := Option{Value: value, Label: i18n.T(ctx, key+"."+value), Chosen: f.Has(value)}
	if i18n.Has(ctx, key+"."+value+".hint") {
		o.Hint = i18n.T(ctx, key+"."+value+".hint")
	}
	return o
}

// Has reports whether value is (among) what was filled in.
func (f Field) Has(value string) bool {
	for _, v := range f.Values {
		if v == value {
			return true
		}
	}
	return false
}

// With returns f with other options, of which the filled-in ones are chosen.
func (f Field) With(options ...Option) Field {
	f.Options = append([]Option(nil), options...)
	for i := range f.Options {
		f.Options[i].Chosen = f.Has(f.Options[i].Value) || f.Options[i].Value == "" && len(f.Values) == 0
	}
	return f
}

// As returns f with another type of input: password, search, date, time, number, tel.
func (f Field) As(kind string) Field { f.Type = kind; return f }

// Asking returns f as a field for which the script, after a pause in typing,
// asks path with the form's values and shows the part of its answer with that id.
func (f Field) Asking(path, id string) Field { f.Ask, f.Into = path, "#"+id; return f }

// Described is what aria-describedby says: the ids of hint and error.
func (f Field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-h")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-e")
	}
	return strings.Join(ids, " ")
}

// Complaint is one line of the summary above a form.
type Complaint struct{ Href, Text string }

// Complaints lists what is wrong in the order of the form's fields.
func (f Form[V]) Complaints() []Complaint {
	var all []Complaint
	if f.Errors[""] != "" {
		all = append(all, Complaint{"", f.Errors[""]})
	}
	for i := range reflect.TypeFor[V]().NumField() {
		sf := reflect.TypeFor[V]().Field(i)
		if text := f.Errors[sf.Name]; text != "" {
			all = append(all, Complaint{"#f-" + sf.Tag.Get("form"), text})
		}
	}
	return all
}

// rules checks the binding tags. It is gin's validator with our names on, and
// with our own idea of an address: its own takes some that no letter can go to.
var rules = func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.SetTagName("binding")
	err := v.RegisterValidation("email", func(field validator.FieldLevel) bool { return account.IsAddress(field.Field().String()) })
	if err != nil {
		panic(err) // only for a name that may not be given
	}
	return v
}()

// clean makes every string of v fit to keep: no control characters, valid
// UTF-8, no spaces around it. A field tagged clean:"no" (a password) stays as typed.
func clean(v reflect.Value) {
	for i := range v.NumField() {
		switch field := v.Field(i); {
		case v.Type().Field(i).Tag.Get("clean") == "no":
		case field.Kind() == reflect.String:
			field.SetString(strings.TrimSpace(text.Clean(field.String())))
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.String:
			for j := range field.Len() {
				field.Index(j).SetString(strings.TrimSpace(text.Clean(field.Index(j).String())))
			}
		}
	}
}

func stringsOf(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		if v.String() == "" {
			return nil
		}
		return []string{v.String()}
	case reflect.Bool:
		if v.Bool() {
			return []string{"true"}
		}
	case reflect.Int, reflect.Int64:
		if v.Int() != 0 {
			return []string{strconv.FormatInt(v.Int(), 10)}
		}
	case reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, stringsOf(v.Index(i))...)
		}
		return all
	}
	return nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// NewForm is a form that has not been filled in yet, with a key of its own.
func NewForm[V any](prefix string) Form[V] {
	return Form[V]{Prefix: prefix, Once: rand.Text()}
}
