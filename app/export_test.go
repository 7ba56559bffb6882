package app

// Doors are the methods and paths that the running router answers.
func (a *App) Doors() []string {
	var all []string
	for _, r := range a.router.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}
