package app_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmeTree holds the tree in README to the truth: it names exactly the
// folders at the top and the packages that exist, each file it names is there,
// and nothing is missing.
func TestReadmeTree(t *testing.T) {
	named := treeIn(readFile(t, "../README.md"))
	if len(named) == 0 {
		t.Fatal("README has no fenced block with a line that starts with main.go")
	}
	there := foldersOf(t, os.DirFS(".."))
	for _, name := range named {
		if strings.HasSuffix(name, "/") {
			if _, ok := there[name]; !ok {
				t.Errorf("README's tree has %s, which is no folder with files", name)
			}
		} else if _, err := os.Stat(path.Join("..", name)); err != nil {
			t.Errorf("README's tree has the file %s, which is not there", name)
		}
	}
	for folder, needed := range there {
		if needed && !slices.Contains(named, folder) {
			t.Errorf("README's tree lacks %s", folder)
		}
	}
}

// TestReadmeSettings compares the settings of Config with those that README explains.
func TestReadmeSettings(t *testing.T) {
	var read []string
	for _, tag := range regexp.MustCompile(`env:"(LOKET_\w+)"`).FindAllStringSubmatch(readFile(t, "config.go"), -1) {
		read = append(read, tag[1])
	}
	if len(read) < 8 {
		t.Fatalf("config.go reads only %v", read)
	}
	explained := regexp.MustCompile(`\bLOKET_[A-Z0-9_]+\b`).FindAllString(readFile(t, "../README.md"), -1)
	for _, name := range read {
		if !slices.Contains(explained, name) {
			t.Errorf("README does not explain %s", name)
		}
	}
	for _, name := range explained {
		if !slices.Contains(read, name) && !strings.HasPrefix(name, "LOKET_TEST_") {
			t.Errorf("README has %s, which the program does not read", name)
		}
	}
}

// foldersOf lists every folder that has a file somewhere in it, and says whether
// README has to name it: it is at the top or holds a package. Names end in a slash.
func foldersOf(t *testing.T, root fs.FS) map[string]bool {
	folders := map[string]bool{}
	err := fs.WalkDir(root, ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if at != "." && (at == "data" || d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		}
		for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
			folders[dir+"/"] = folders[dir+"/"] || !strings.Contains(dir, "/") || dir == path.Dir(at) && strings.HasSuffix(at, ".go")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// treeIn reads the fenced block of a README in which a line starts with
// main.go. A line names one or more files and folders, two spaces deeper than
// the folder that they stand in, and after two spaces or more says what they are
// for. A folder's name ends in a slash. Hidden folders are left out.
func treeIn(readme string) []string {
	var named []string
	var above []string // the folder at each depth
	for line := range strings.Lines(treeBlock(readme)) {
		line = strings.TrimRight(line, " \n")
		inner := strings.TrimLeft(line, " ")
		depth := (len(line) - len(inner)) / 2
		names, _, _ := strings.Cut(inner, "  ")
		if depth > len(above) || names == "" {
			continue // the words of the line above go on
		}
		above = above[:depth]
		fields := strings.Fields(names)
		for _, name := range fields {
			if !strings.HasPrefix(name, ".") {
				named = append(named, strings.Join(above, "")+name)
			}
		}
		if last := fields[len(fields)-1]; strings.HasSuffix(last, "/") {
			above = append(above, last)
		}
	}
	return named
}

func treeBlock(readme string) string {
	for i, block := range strings.Split(readme, "```") {
		if i%2 == 1 && strings.Contains(block, "\nmain.go") {
			_, tree, _ := strings.Cut(block, "\n")
			return tree
		}
	}
	return ""
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
