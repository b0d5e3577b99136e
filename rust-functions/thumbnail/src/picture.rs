use std::io::Cursor;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use givre_serve::Failure;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader};

const MAX_PIXELS: u64 = 25_000_000;

/// 8 bits a channel: RGB, or RGBA if the input has transparency.
pub(crate) fn decode(bytes: &[u8]) -> Result<DynamicImage, Failure> {
    let malformed = |_| Failure::malformed("The body is not a PNG or JPEG image, or a damaged one.");
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().expect("reading from memory");
    let decoder = reader.into_decoder().map_err(malformed)?;
    // Asked before anything is decoded: a few bytes can promise a picture that fills the memory.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Failure::too_large("The image has more than 25 megapixels."));
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(malformed)?;
    Ok(if picture.color().has_alpha() { picture.into_rgba8().into() } else { picture.into_rgb8().into() })
}

/// A PNG of the picture, made to fit into `width` × `height` but never larger than it was.
pub(crate) fn thumbnail(picture: DynamicImage, width: u32, height: u32) -> Vec<u8> {
    let (pixels, color) = match &picture {
        DynamicImage::ImageRgba8(_) => (PixelType::U8x4, ExtendedColorType::Rgba8),
        _ => (PixelType::U8x3, ExtendedColorType::Rgb8),
    };
    let (width, height) = fitted((picture.width(), picture.height()), (width, height));
    let small = if (width, height) == (picture.width(), picture.height()) {
        picture.into_bytes()
    } else {
        // Lanczos; colours count by their opacity, so that what is transparent does not shine through at edges.
        let mut small = Image::new(width, height, pixels);
        Resizer::new().resize(&picture, &mut small, None).expect("two pictures of the same kind");
        small.into_vec()
    };
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&small, width, height, color).expect("writing to memory");
    png
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the input's size")]
fn fitted((width, height): (u32, u32), (max_width, max_height): (u32, u32)) -> (u32, u32) {
    let [w, h] = [width, height].map(f64::from);
    let scale = (f64::from(max_width) / w).min(f64::from(max_height) / h).min(1.0);
    let scaled = |side: f64| ((side * scale + 0.5).floor() as u32).max(1);
    (scaled(w), scaled(h))
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn small(bytes: &[u8], width: u32, height: u32) -> DynamicImage {
        let png = thumbnail(decode(bytes).unwrap(), width, height);
        image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap()
    }

    #[test]
    fn a_picture_keeps_its_proportions_and_never_grows() {
        assert_eq!(fitted((400, 200), (128, 128)), (128, 64));
        assert_eq!(fitted((200, 400), (128, 128)), (64, 128));
        assert_eq!(fitted((100, 50), (128, 128)), (100, 50));
        assert_eq!(fitted((10_000, 1), (10, 10)), (10, 1));
        assert_eq!(fitted((3, 2), (2, 2)), (2, 1));
        assert_eq!(fitted((1024, 683), (128, 128)), (128, 85));
    }

    #[test]
    fn png_and_jpeg_become_rgb_or_rgba() {
        let colour = RgbImage::from_pixel(300, 200, Rgb([200, 100, 50]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let small = small(&encoded(colour.clone(), format), 30, 30);
            let DynamicImage::ImageRgb8(small) = small else { panic!("{:?}", small.color()) };
            assert_eq!(small.dimensions(), (30, 20));
            assert!(small.get_pixel(15, 10).0.iter().zip([200, 100, 50]).all(|(a, b)| a.abs_diff(b) < 4));
        }
        let grey = encoded(GrayImage::new(40, 40), ImageFormat::Png);
        assert!(matches!(small(&grey, 10, 10), DynamicImage::ImageRgb8(_)));
    }

    #[test]
    fn what_is_transparent_gives_no_colour() {
        let half =
            RgbaImage::from_fn(64, 64, |x, _| if x < 31 { Rgba([0, 255, 0, 0]) } else { Rgba([255, 0, 0, 255]) });
        let DynamicImage::ImageRgba8(small) = small(&encoded(half, ImageFormat::Png), 8, 8) else { panic!("no alpha") };
        assert!(small.pixels().all(|Rgba([_, green, _, alpha])| *alpha == 0 || *green == 0));
    }

    #[test]
    fn more_than_25_megapixels_are_too_large_whatever_follows() {
        let mut png = encoded(RgbImage::new(8, 8), ImageFormat::Png);
        // Width and height of the header, whose checksum comes to be wrong: so it is made anew.
        png[16..24].copy_from_slice(&[0, 0, 0x13, 0x89, 0, 0, 0x13, 0x88]);
        let checksum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(decode(&png).unwrap_err().status().unwrap(), 413);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_bytes_are_a_bad_request(body in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(decode(&body).unwrap_err().status().unwrap(), 400);
        }

        #[test]
        fn a_damaged_picture_is_a_client_error_or_still_a_picture(
            format in prop::sample::select(vec![ImageFormat::Png, ImageFormat::Jpeg]),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<bool>(),
        ) {
            let mut bytes = encoded(RgbImage::from_fn(5, 5, |x, y| Rgb([x, y, x * y].map(|colour| colour.to_le_bytes()[0] * 15))), format);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut {
                bytes.truncate(at);
            }
            match decode(&bytes) {
                Ok(picture) => prop_assert!(!thumbnail(picture, 3, 3).is_empty()),
                Err(failure) => prop_assert!(failure.status().unwrap().is_client_error()),
            }
        }
    }
}
