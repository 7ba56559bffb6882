package templates

// DeskRow is one line of the list that staff work from.
type DeskRow struct {
	ID, Ref, Path  string
	Title, Excerpt string
	Tag, Org       string
	WhoID, Who     string // the colleague; none when WhoID is empty
	Age            string
	Promise        string  // late, soon, ok or hold
	Part           float64 // of the time that is gone, 0 to 1
	Left           string  // "0:18", "di 14:30"
	Severity       int     // 1 to 3
	Open           bool    // shown beside the list
}

type keyHelp struct {
	keys []string
	text string
}

// allKeys are the keys of the staff list (design.md §9); loket.js has what they
// do. The first five are always shown.
var allKeys = []keyHelp{
	{[]string{"J", "K"}, "site.keys.move"},
	{[]string{"X"}, "site.keys.pick"},
	{[]string{"A"}, "site.keys.assign"},
	{[]string{"R"}, "site.keys.reply"},
	{[]string{"E"}, "site.keys.solve"},
	{[]string{"Enter", "O"}, "site.keys.open"},
	{[]string{"N"}, "site.keys.note"},
	{[]string{"I"}, "site.keys.mine"},
	{[]string{"S"}, "site.keys.status"},
	{[]string{"H"}, "site.keys.snooze"},
	{[]string{"M"}, "site.keys.merge"},
	{[]string{"L"}, "site.keys.link"},
	{[]string{"/"}, "site.keys.search"},
	{[]string{"G", "T I D P"}, "site.keys.go"},
	{[]string{"Esc"}, "site.keys.close_open"},
	{[]string{"Ctrl+Enter"}, "site.keys.send"},
	{[]string{"Z"}, "site.keys.undo"},
	{[]string{"?"}, "site.keys.all"},
}

// severityKeys are whole texts, because a list has many: a text without
// arguments costs nothing to fill in.
var severityKeys = [4]string{"site.desk.severity.0", "site.desk.severity.1", "site.desk.severity.2", "site.desk.severity.3"}
