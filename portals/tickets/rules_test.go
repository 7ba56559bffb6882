package tickets

import (
	"slices"
	"testing"
	"time"

	"loket/app/hours"
)

var amsterdam = func() *time.Location {
	zone, err := hours.Zone("Europe/Amsterdam")
	if err != nil {
		panic(err)
	}
	return zone
}()

// weekdays is a desk that is open Monday to Friday, 08:30 to 17:00, but on Dutch holidays.
var weekdays = hours.Calendar{
	Zone:  amsterdam,
	Week:  hours.Weekdays(hours.Window{Open: hours.HM(8, 30), Close: hours.HM(17, 0)}),
	Dutch: &hours.Options{LiberationDay: hours.Never},
}

var usual = Policies{
	"blocks":   {hours.Target{Amount: 240, Unit: hours.Minutes}, hours.Target{Amount: 240, Unit: hours.Minutes}, hours.Target{Amount: 2, Unit: hours.WorkingDays}},
	"hinders":  {hours.Target{Amount: 1, Unit: hours.WorkingDays}, hours.Target{Amount: 1, Unit: hours.WorkingDays}, hours.Target{Amount: 10, Unit: hours.WorkingDays}},
	"question": {hours.Target{Amount: 2, Unit: hours.WorkingDays}, hours.Target{Amount: 2, Unit: hours.WorkingDays}, hours.Target{Amount: 20, Unit: hours.WorkingDays}},
}

// at is a moment in November 2025, of which the 24th is a Monday.
func at(day, hour, minute int) time.Time {
	return hours.At(amsterdam, hours.Date{Year: 2025, Month: time.November, Day: day}, hours.HM(hour, minute))
}

func story(severity string, told ...Event) []Event {
	all := []Event{{Kind: Filed, Value: severity, At: at(24, 15, 48)}}
	return append(all, told...)
}

func read(t *testing.T, told []Event) Clocks {
	t.Helper()
	c, err := clocks(told, usual, weekdays)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPromiseBySeverity(t *testing.T) {
	for severity, want := range map[string]time.Time{"blocks": at(25, 11, 18), "hinders": at(25, 15, 48), "question": at(26, 15, 48)} {
		got, err := promise(at(24, 15, 48), severity, usual, weekdays)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s filed Monday 15:48: answer by %v, %v; want %v", severity, got, err, want)
		}
		if c := read(t, story(severity)); !c.First.Due.Equal(want) || c.Due().Name != First || c.First.Late(want) {
			t.Errorf("%s: first answer %+v, want due %v and not late then", severity, c.First, want)
		}
	}
}

func TestAnswerAtTheDueInstantIsInTime(t *testing.T) {
	due := at(25, 15, 48)
	for answer, late := range map[time.Time]bool{due.Add(-time.Second): false, due: false, due.Add(time.Second): true, due.Add(time.Microsecond): true} {
		c := read(t, story("hinders", Event{Kind: Answered, At: answer}))
		if c.First.Late(at(30, 0, 0)) != late || c.First.Runs() {
			t.Errorf("answered %v after due: late %v, running %v", answer.Sub(due), c.First.Late(at(30, 0, 0)), c.First.Runs())
		}
	}
}

func TestNotesAndReceiptsAnswerNothing(t *testing.T) {
	c := read(t, story("hinders", Event{Kind: Acknowledged, At: at(24, 15, 48)}, Event{Kind: Noted, At: at(24, 16, 0)}, Event{Kind: ToAssignee, At: at(24, 16, 1)}))
	if !c.First.Runs() || c.Waiting.IsZero() || !c.First.Due.Equal(at(25, 15, 48)) {
		t.Errorf("the first answer is still owed: %+v", c.First)
	}
}

func TestSecondMessageDoesNotRestartTheClock(t *testing.T) {
	told := story("hinders", Event{Kind: Asked, At: at(25, 9, 0)})
	if c := read(t, told); !c.First.Due.Equal(at(25, 15, 48)) || c.Next.Name != "" {
		t.Errorf("after a second message before any answer: %+v %+v", c.First, c.Next)
	}
	told = append(told, Event{Kind: Answered, At: at(25, 10, 0)}, Event{Kind: Asked, At: at(25, 14, 30)}, Event{Kind: Asked, At: at(26, 9, 0)})
	c := read(t, told)
	if !c.Next.Due.Equal(at(26, 14, 30)) || !c.Waiting.Equal(at(25, 14, 30)) || c.Due().Name != Next {
		t.Errorf("the next answer counts from the oldest message without one: %+v", c.Next)
	}
	c = read(t, append(told, Event{Kind: Answered, At: at(26, 14, 31)}, Event{Kind: Asked, At: at(27, 9, 0)}, Event{Kind: Answered, At: at(27, 9, 5)}))
	if !c.NextLate || c.Next.Late(at(28, 9, 0)) {
		t.Error("one late answer stays known after a timely one")
	}
}

func TestClocksStandStillWhilePending(t *testing.T) {
	told := story("hinders",
		Event{Kind: Answered, At: at(25, 9, 0)}, Event{Kind: ToStatus, Value: Pending, At: at(25, 9, 0)})
	c := read(t, told)
	if !c.Stopped() || !c.Due().Due.IsZero() {
		t.Errorf("pending: nothing is due, got %+v", c.Due())
	}
	solve := read(t, story("hinders", Event{Kind: Answered, At: at(25, 9, 0)})).Solve.Due
	c = read(t, append(told, Event{Kind: Asked, At: at(26, 9, 0)}, Event{Kind: ToStatus, Value: Open, At: at(26, 9, 0)}))
	if c.Stopped() || !c.Next.Due.Equal(at(27, 9, 0)) {
		t.Errorf("the customer moved: next answer %+v", c.Next)
	}
	// One working day of 8:30 was pending: 25 Nov 09:00 to 26 Nov 09:00.
	if want, _ := weekdays.Add(solve, 8*time.Hour+30*time.Minute); !c.Solve.Due.Equal(want) {
		t.Errorf("solution due %v, want the pause later: %v", c.Solve.Due, want)
	}
}

func TestReopeningContinuesTheClockOfTheSolution(t *testing.T) {
	told := story("blocks", Event{Kind: Answered, At: at(24, 16, 0)}, Event{Kind: ToStatus, Value: Solved, At: at(24, 16, 48)})
	c := read(t, told)
	if c.Solve.Runs() || c.Solve.Late(at(28, 0, 0)) || !c.Due().Due.IsZero() {
		t.Errorf("solved in time: %+v", c.Solve)
	}
	// An hour of the 17 working hours was used when it was solved; two days later it goes on.
	c = read(t, append(told, Event{Kind: Asked, At: at(26, 16, 48)}, Event{Kind: ToStatus, Value: Open, At: at(26, 16, 48)}))
	want, _ := weekdays.Add(at(26, 16, 48), 16*time.Hour)
	if !c.Solve.Runs() || !c.Solve.Due.Equal(want) {
		t.Errorf("reopened: solution due %v, want %v", c.Solve.Due, want)
	}
}

func TestSolvingEndsTheWaiting(t *testing.T) {
	c := read(t, story("hinders", Event{Kind: ToStatus, Value: Solved, At: at(25, 9, 0)}))
	if c.First.Runs() || c.First.Late(at(28, 0, 0)) || !c.Waiting.IsZero() {
		t.Errorf("solved before it was answered: %+v", c.First)
	}
}

func TestSeverityChangesWhatIsPromised(t *testing.T) {
	c := read(t, story("question", Event{Kind: ToSeverity, Value: "blocks", At: at(24, 16, 0)}))
	if !c.First.Due.Equal(at(25, 11, 18)) {
		t.Errorf("a question that blocks after all: %v", c.First.Due)
	}
}

func TestWhatWasPromisedThenStands(t *testing.T) {
	due := at(25, 15, 48)
	told := story("hinders", Event{Kind: Answered, At: at(25, 15, 0), DueAt: &due})
	strict := Policies{"hinders": {First: hours.Target{Amount: 1, Unit: hours.Minutes}}}
	c, err := clocks(told, strict, weekdays)
	if err != nil || c.First.Late(at(28, 0, 0)) {
		t.Errorf("an answer in time became late by a new policy: %+v %v", c.First, err)
	}
}

func TestNothingPromised(t *testing.T) {
	c, err := clocks(story("hinders"), Policies{}, weekdays)
	if err != nil || c.Due().Name != "" || c.First.Late(at(28, 0, 0)) {
		t.Errorf("without a policy nothing is due: %+v %v", c, err)
	}
}

func TestPlaceInTheInbox(t *testing.T) {
	now := at(24, 15, 48)
	due := func(day, hour int) *time.Time { d := at(day, hour, 0); return &d }
	for _, c := range []struct {
		t     Ticket
		queue string
		group string
	}{
		{Ticket{Status: Fresh, DueAt: due(24, 15)}, "todo", "late"},
		{Ticket{Status: Open, DueAt: due(24, 16)}, "todo", "today"},
		{Ticket{Status: Open, DueAt: due(25, 9)}, "todo", "tomorrow"},
		{Ticket{Status: Open, DueAt: due(27, 9)}, "todo", "later"},
		{Ticket{Status: Open}, "todo", "later"},
		{Ticket{Status: Pending}, "waiting", "waiting"},
		{Ticket{Status: OnHold, DueAt: due(25, 9)}, "waiting", "tomorrow"},
		{Ticket{Status: Open, SnoozedUntil: due(25, 9)}, "snoozed", "later"},
		{Ticket{Status: Open, SnoozedUntil: due(24, 9)}, "todo", "later"},
		{Ticket{Status: Solved}, "solved", "later"},
	} {
		c.t.place(now)
		if c.t.Queue != c.queue || c.t.Group(now, amsterdam, hours.DateOf(now, amsterdam).AddDays(1)) != c.group {
			t.Errorf("%s due %v: queue %s group %s, want %s %s", c.t.Status, c.t.DueAt, c.t.Queue, c.t.Group(now, amsterdam, hours.DateOf(now, amsterdam).AddDays(1)), c.queue, c.group)
		}
	}
}

func TestTags(t *testing.T) {
	if got := tagList(" #Uitgifte, viewer viewer; "); !slices.Equal(got, []string{"uitgifte", "viewer"}) {
		t.Errorf("%q", got)
	}
}
