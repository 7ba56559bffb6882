package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

const (
	maxPixels = 40_000_000 // of an image, all its frames together
	maxFrames = 500
)

// codec is how a kind of image is read, and whether it carries over as it is
// where it cannot be drawn anew without loss.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	"image/jpeg":             {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":              {png.DecodeConfig, png.Decode},
	"image/vnd.mozilla.apng": {png.DecodeConfig, png.Decode},
	"image/webp":             {webp.DecodeConfig, webp.Decode},
	"image/bmp":              {bmp.DecodeConfig, bmp.Decode},
	"image/gif":              {gif.DecodeConfig, nil}, // frames are drawn one by one
	"image/tiff":             {tiff.DecodeConfig, nil},
	// Photos that carry a place and that we cannot draw anew.
	"image/heic": {}, "image/heic-sequence": {}, "image/heif": {}, "image/heif-sequence": {}, "image/avif": {},
}

func isImage(kind string) bool { _, ok := codecs[kind]; return ok }

// redraw draws an image anew, upright and with nothing but its pixels, and says
// what kind it has become: JPEG stays JPEG, GIF stays GIF, all others become PNG
// (a WebP without transparency JPEG). A TIFF keeps its bytes, as it may be a scan
// of many pages. The size is read from the header before anything is decoded.
func (s *Store) redraw(ctx context.Context, original []byte, kind string) ([]byte, string, error) {
	c := codecs[kind]
	if c.config == nil {
		return nil, "", fmt.Errorf("%s: %w", kind, ErrImage)
	}
	size, err := c.config(bytes.NewReader(original))
	if err != nil {
		return nil, "", broken(err)
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > maxPixels/size.Height {
		return nil, "", fmt.Errorf("%d × %d pixels: %w", size.Width, size.Height, ErrImage)
	}
	if kind == "image/tiff" {
		return original, kind, nil
	}
	select {
	case s.images <- struct{}{}:
		defer func() { <-s.images }()
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	var out bytes.Buffer
	if kind == "image/gif" {
		if err := gifFits(original); err != nil {
			return nil, "", err
		}
		all, err := gif.DecodeAll(bytes.NewReader(original))
		if err != nil {
			return nil, "", broken(err)
		}
		if err := gif.EncodeAll(&out, all); err != nil {
			return nil, "", broken(err)
		}
		return out.Bytes(), kind, nil
	}
	picture, err := c.decode(bytes.NewReader(original))
	if err != nil {
		return nil, "", broken(err)
	}
	_, opaque := picture.(*image.YCbCr)
	if kind == "image/jpeg" || kind == "image/webp" && opaque {
		if kind == "image/jpeg" {
			picture = upright(picture, orientation(original))
		}
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90})
		return out.Bytes(), "image/jpeg", err
	}
	err = png.Encode(&out, picture)
	return out.Bytes(), "image/png", err
}

func broken(err error) error { return errors.Join(ErrImage, err) }

// gifFits walks the blocks of a GIF (GIF89a, sections 18 to 26) and adds up its
// frames without decoding any.
func gifFits(b []byte) error {
	at, frames, pixels := 13, 0, 0
	if len(b) < at {
		return broken(io.ErrUnexpectedEOF)
	}
	table := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (1 + flags&7)
	}
	subBlocks := func() {
		for at < len(b) && b[at] > 0 {
			at += 1 + int(b[at])
		}
		at++
	}
	at += table(b[10])
	for at < len(b) {
		switch b[at] {
		case 0x21: // extension: label, then sub-blocks
			at += 2
			subBlocks()
		case 0x2c: // image: position, size, flags, table, code size, sub-blocks
			if at+11 > len(b) {
				return broken(io.ErrUnexpectedEOF)
			}
			frames++
			pixels += int(binary.LittleEndian.Uint16(b[at+5:])) * int(binary.LittleEndian.Uint16(b[at+7:]))
			if frames > maxFrames || pixels > maxPixels {
				return fmt.Errorf("%d frames, %d pixels: %w", frames, pixels, ErrImage)
			}
			at += 11 + table(b[at+9])
			subBlocks()
		default: // the trailer, or padding
			return nil
		}
	}
	return nil
}

// orientation reads how a photo was held from the EXIF data of a JPEG: 1 to 8
// (TIFF tag 274; Exif 2.32, section 4.6.4). It is 1 when nothing says so.
func orientation(b []byte) int {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker, length := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		end := at + 2 + length
		if marker == 0xda || length < 2 || end > len(b) {
			break
		}
		if data, ok := bytes.CutPrefix(b[at+4:end], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return tiffOrientation(data)
		}
		at = end
	}
	return 1
}

func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(b)) {
			break
		}
		if order.Uint16(b[entry:]) == 274 {
			if v := int(order.Uint16(b[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// upright turns and mirrors a picture so that orientation 1 fits it.
func upright(from image.Image, orientation int) image.Image {
	if orientation == 1 {
		return from
	}
	r := from.Bounds()
	src := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(src, src.Bounds(), from, r.Min, draw.Src)
	w, h := r.Dx(), r.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(to.Pix[to.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return to
}
