package privacy

import (
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// PDF writes the document as the frozen copy to keep. It is not tagged: the
// page is the accessible form. The same document gives the same bytes.
func (d Document) PDF(to io.Writer) error {
	pdf := fpdf.New("P", "mm", "A4", "")
	latin := pdf.UnicodeTranslatorFromDescriptor("") // cp1252: Dutch with all its accents
	published, err := time.Parse(time.DateOnly, d.EffectiveOn)
	if err != nil {
		published = time.Unix(0, 0)
	}
	pdf.SetCreationDate(published.UTC())
	pdf.SetModificationDate(published.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetTitle(d.Title, true)
	pdf.SetLang(d.Lang)
	pdf.SetMargins(22, 20, 22)
	pdf.SetAutoPageBreak(true, 22)
	foot := "SHA-256 " + d.Hash
	pdf.SetFooterFunc(func() {
		pdf.SetY(-14)
		pdf.SetFont("Helvetica", "", 7)
		pdf.CellFormat(0, 4, latin(foot), "", 0, "L", false, 0, "")
		pdf.CellFormat(0, 4, strconv.Itoa(pdf.PageNo()), "", 0, "R", false, 0, "")
	})
	pdf.AddPage()
	pdf.SetFont("Helvetica", "B", 20)
	pdf.MultiCell(0, 9, latin(d.Title), "", "L", false)
	if d.Number > 0 {
		pdf.SetFont("Helvetica", "", 10)
		pdf.MultiCell(0, 6, latin(Text{"Versie ", "Version "}.In(d.Lang)+strconv.Itoa(int(d.Number))+Text{", geldig vanaf ", ", in force from "}.In(d.Lang)+d.EffectiveOn), "", "L", false)
	}
	for _, el := range d.Elements {
		element(pdf, latin, el)
	}
	return pdf.Output(to)
}

func element(pdf *fpdf.Fpdf, latin func(string) string, el Element) {
	line := func(style string, size, height float64, text string) {
		pdf.SetFont("Helvetica", style, size)
		pdf.MultiCell(0, height, latin(text), "", "L", false)
	}
	switch el.Kind {
	case Heading:
		pdf.Ln(4)
		if el.Level == 2 {
			line("B", 14, 7, el.Text)
		} else {
			line("B", 11, 6, el.Text)
		}
	case Paragraph:
		style := ""
		if el.Strong {
			style = "B"
		}
		line(style, 10, 5, el.Text)
		pdf.Ln(1.5)
	case List:
		left, _, _, _ := pdf.GetMargins()
		for _, item := range el.Items {
			pdf.SetFont("Helvetica", "", 10)
			pdf.SetX(left + 2)
			pdf.CellFormat(4, 5, latin("•"), "", 0, "L", false, 0, "")
			pdf.MultiCell(0, 5, latin(item), "", "L", false)
		}
		pdf.Ln(1.5)
	case Facts:
		for _, row := range el.Rows {
			line("B", 10, 5, row[0])
			line("", 10, 5, row[1])
		}
		pdf.Ln(1.5)
	case Table: // as blocks: narrow columns do not wrap well
		for _, row := range el.Rows[min(1, len(el.Rows)):] {
			line("B", 10, 5, row[0])
			for i, cell := range row[1:] {
				if cell != "" {
					line("", 9, 4.5, el.Rows[0][i+1]+": "+strings.TrimSpace(cell))
				}
			}
			pdf.Ln(1)
		}
	}
}
