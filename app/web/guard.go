package web

import "loket/app/fault"

// Guard lets a request through to its handler or not.
type Guard func(Handler) Handler

// Anyone lets everyone through.
func Anyone(h Handler) Handler { return h }

// Customers lets only visitors through who have signed in.
func Customers(h Handler) Handler {
	return func(c *Context) error {
		if c.Account == nil {
			return fault.SignIn
		}
		return h(c)
	}
}

// Staff lets only staff through.
func Staff(h Handler) Handler {
	return Customers(func(c *Context) error {
		if !c.Account.Staff() {
			return fault.Forbidden
		}
		return h(c)
	})
}

// May lets only staff through who work in that field; with "admin", only admins.
func May(permission string) Guard {
	return func(h Handler) Handler {
		return Staff(func(c *Context) error {
			if permission == "admin" && !c.Account.Admin() || permission != "admin" && !c.Account.May(permission) {
				return fault.Forbidden
			}
			return h(c)
		})
	}
}
