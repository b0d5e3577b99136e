package workloads

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
)

// stripes are one pixel wide, black and white: what averages makes grey of them, what picks pixels does not.
func stripes(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.Set(x, y, color.Gray{uint8(255 * (x % 2))})
		}
	}
	return picture
}

func encodedPng(t *testing.T, picture image.Image) string {
	t.Helper()
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, picture); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

func decodedPng(t *testing.T, got answer) image.Image {
	t.Helper()
	if got.status != http.StatusOK || got.contentType != "image/png" {
		t.Fatalf("got %d %s %.100q", got.status, got.contentType, got.body)
	}
	picture, err := png.Decode(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestThumbnailFitsAndKeepsItsShapeAndIsNeverLarger(t *testing.T) {
	url := start(t, "thumbnail")
	for _, c := range []struct {
		width, height int
		query         string
		want          image.Point
	}{
		{512, 256, "", image.Pt(128, 64)},
		{256, 512, "", image.Pt(64, 128)},
		{100, 40, "?width=50&height=50", image.Pt(50, 20)},
		{100, 50, "?width=33&height=2048", image.Pt(33, 17)},
		{1000, 2, "?width=10&height=10", image.Pt(10, 1)},
		{20, 10, "?width=2048&height=2048", image.Pt(20, 10)},
		{1, 1, "?width=1&height=1", image.Pt(1, 1)},
	} {
		got := decodedPng(t, post(t, url+c.query, encodedPng(t, stripes(c.width, c.height))))
		if size := got.Bounds().Size(); size != c.want {
			t.Errorf("%dx%d%s: got %v, want %v", c.width, c.height, c.query, size, c.want)
		}
	}
}

func TestThumbnailAveragesAndHasNoAlphaWhereThereWasNone(t *testing.T) {
	url := start(t, "thumbnail")
	picture := stripes(512, 512)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{encodedPng(t, picture), photo.String()} {
		body := post(t, url, input)
		if grey, _, _, _ := decodedPng(t, body).At(64, 64).RGBA(); grey>>8 < 117 || grey>>8 > 138 {
			t.Errorf("got %d", grey>>8)
		}
		// Bits a channel and colour type of the PNG's header: 2 is red, green and blue alone.
		if header := body.body[24:26]; header != "\x08\x02" {
			t.Errorf("got %q", header)
		}
	}
}

func TestThumbnailRefusesWhatIsNoImage(t *testing.T) {
	url := start(t, "thumbnail")
	whole := encodedPng(t, stripes(64, 64))
	for _, body := range []string{"", "GIF89a\x01\x00\x01\x00", "<svg/>", whole[:20], whole[:len(whole)/2], "\xff\xd8\xff\xe0"} {
		expectRefusal(t, post(t, url, body), http.StatusBadRequest, "image")
	}
	for _, query := range []string{"width=0", "height=2049", "width=1.5"} {
		expectRefusal(t, post(t, url+"?"+query, whole), http.StatusBadRequest, query[:strings.Index(query, "=")])
	}
}

func TestThumbnailRefusesAnImageOfTooManyPixelsWithoutReadingThem(t *testing.T) {
	expectRefusal(t, post(t, start(t, "thumbnail"), pngHead(5001, 5000)), http.StatusRequestEntityTooLarge, "pixels")
	expectRefusal(t, post(t, start(t, "thumbnail"), pngHead(5000, 5000)), http.StatusBadRequest, "image")
}

// pngHead claims a size, and has no pixels.
func pngHead(width, height uint32) string {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	length := string(binary.BigEndian.AppendUint32(nil, 13))
	return "\x89PNG\r\n\x1a\n" + length + string(binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk)))
}
