package workloads

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"image/png"
	"math"
	"net/http"

	"golang.org/x/image/draw"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	thumbnailLimit  = 10 << 20
	maxPixels       = 25_000_000
	maxThumbnail    = 2048
	thumbnailLength = 128
)

func thumbnail() serving.Workload {
	return serving.Workload{BodyLimit: thumbnailLimit, Answer: answerThumbnail}
}

func answerThumbnail(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	width := parameters.Integer("width", thumbnailLength, 1, maxThumbnail)
	height := parameters.Integer("height", thumbnailLength, 1, maxThumbnail)
	if err := parameters.Err(); err != nil {
		return err
	}
	body, err := serving.ReadBody(r)
	if err != nil {
		return err
	}
	source, err := decodeImage(body)
	if err != nil {
		return err
	}
	var thumbnail bytes.Buffer
	if err := png.Encode(&thumbnail, scaledWithin(source, width, height)); err != nil {
		return err
	}
	serving.Bytes(w, "image/png", thumbnail.Bytes())
	return nil
}

// decodeImage looks at the size first: a few bytes may claim to be an image of many gigabytes.
func decodeImage(body []byte) (image.Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return nil, serving.BadRequest("The request body is neither a PNG nor a JPEG image.")
	}
	if config.Width*config.Height > maxPixels {
		return nil, serving.TooLarge("The image has more than %d pixels.", maxPixels)
	}
	source, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, serving.BadRequest("The image is damaged.")
	}
	return source, nil
}

// scaledWithin makes an image smaller, never larger, so that it fits. png.Encode leaves alpha out where all is opaque.
func scaledWithin(source image.Image, width, height int) image.Image {
	size := source.Bounds().Size()
	scale := min(float64(width)/float64(size.X), float64(height)/float64(size.Y), 1)
	scaled := image.NewRGBA(image.Rect(0, 0, scaledLength(size.X, scale), scaledLength(size.Y, scale)))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), source, source.Bounds(), draw.Src, nil)
	return scaled
}

func scaledLength(length int, scale float64) int {
	return max(1, int(math.Floor(float64(length)*scale+0.5)))
}
