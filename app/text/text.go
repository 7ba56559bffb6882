package text

func Clean(s string) string { return s }
