package web

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"loket/app/fault"
	"loket/app/text"
)

// What a body may weigh, and how many fields it may have.
const (
	formBytes   = 1 << 20
	uploadBytes = 110 << 20
	uploadTime  = 5 * time.Minute
	maxFields   = 500
)

// values reads the fields of a posted form; a body that is too large, cut off
// or has too many fields is an error.
func (c *Context) values() (url.Values, error) {
	if c.Request.Method != http.MethodPost {
		return c.Request.URL.Query(), nil
	}
	if err := c.parse(); err != nil {
		return nil, err
	}
	return c.Request.PostForm, nil
}

func (c *Context) parse() error {
	if c.Request.PostForm != nil {
		return nil
	}
	upload := strings.HasPrefix(c.ContentType(), "multipart/form-data")
	limit := int64(formBytes)
	if upload {
		limit = uploadBytes
		// Only who has signed in may take five minutes over an upload.
		if c.Account == nil {
			limit = uploadBytes / 4
		}
		if c.Site.Deadline != nil {
			if err := http.NewResponseController(c.Writer).SetReadDeadline(c.Site.Deadline(uploadTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
		}
	}
	if c.Request.ContentLength > limit {
		return fault.TooLarge
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	var err error
	if upload {
		if err = c.Request.ParseMultipartForm(1 << 20); err == nil { // the rest waits on disk
			// What stands behind the last part: left unread, it would make closing the
			// connection reset it, and the answer may be lost.
			_, err = io.Copy(io.Discard, c.Request.Body)
		}
	} else {
		err = c.parseFields()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), errors.Is(err, multipart.ErrMessageTooLarge), errors.Is(err, fault.TooLarge):
		return errors.Join(fault.TooLarge, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT): // a large upload is put aside on disk
		return errors.Join(fault.Unavailable, err)
	case err != nil:
		return errors.Join(fault.BadInput, err)
	case len(c.Request.PostForm) > maxFields:
		return fault.TooLarge
	}
	return nil
}

// parseFields reads a body of fields, having counted them before it takes them apart.
func (c *Context) parseFields() error {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return err
	}
	if bytes.Count(body, []byte("&")) >= maxFields {
		return fault.TooLarge
	}
	if c.Request.PostForm, err = url.ParseQuery(string(body)); err != nil {
		c.Request.PostForm = nil
	}
	return err
}

// Uploads returns the files that were chosen in a field of the form, after Bind.
func (c *Context) Uploads(name string) []*multipart.FileHeader {
	if c.Request.MultipartForm == nil {
		return nil
	}
	var chosen []*multipart.FileHeader
	for _, file := range c.Request.MultipartForm.File[name] {
		if file.Filename != "" {
			chosen = append(chosen, file)
		}
	}
	return chosen
}

// PostForm returns the first value of a posted field, made fit to keep, or empty.
func (c *Context) PostForm(name string) string {
	if c.parse() != nil {
		return ""
	}
	return text.Clean(c.Request.PostForm.Get(name))
}

// PostValues returns every value of a posted field, made fit to keep.
func (c *Context) PostValues(name string) []string {
	if c.parse() != nil {
		return nil
	}
	values := append([]string(nil), c.Request.PostForm[name]...)
	for i := range values {
		values[i] = text.Clean(values[i])
	}
	return values
}

// legible reports whether the address of the request is text that a database
// takes: valid UTF-8 without a NUL. No page of ours has another address.
func (c *Context) legible() bool {
	fits := func(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }
	if c.Request.URL.RawQuery != "" {
		for name, values := range c.Request.URL.Query() {
			if !fits(name + strings.Join(values, "")) {
				return false
			}
		}
	}
	return fits(c.Request.URL.Path)
}
