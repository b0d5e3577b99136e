//! The built program, spoken to over plain sockets.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_thumbnail");

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

#[test]
fn a_picture_becomes_a_small_png() {
    let function = Function::start(PROGRAM);
    for (query, expected) in
        [("", (128, 64)), ("width=10&height=2048", (10, 5)), ("width=2048&height=2048", (400, 200))]
    {
        let answer = function.post(query, &jpeg(400, 200));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")));
        let small = image::load_from_memory_with_format(&answer.body, ImageFormat::Png).unwrap();
        assert_eq!((small.width(), small.height()), expected);
    }
}

#[test]
fn what_is_no_picture_or_too_large_is_refused() {
    let function = Function::start(PROGRAM);
    assert!(function.get("").sentence(400).contains("PNG"));
    assert!(function.post("", b"GIF89a").sentence(400).contains("PNG"));
    assert!(function.post("width=0", &jpeg(1, 1)).sentence(400).contains("width"));
    assert!(function.post("height=2049", &jpeg(1, 1)).sentence(400).contains("height"));
    assert!(function.post("", &vec![0; (10 << 20) + 1]).sentence(413).contains("10485760"));
}
