//! The workload `compress`: the body as gzip or zstd, at the format's usual level.

use std::io::{self, Write};
use std::process::ExitCode;

use flate2::Compression;
use flate2::write::GzEncoder;
use givre_serve::{Failure, Request, Response, blocking, bytes, serve};

const LIMIT: usize = 16 << 20;
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

#[derive(Clone, Copy)]
enum Format {
    Gzip,
    Zstd,
}

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(compress)
}

async fn compress(mut request: Request) -> Result<Response, Failure> {
    let body = request.read(LIMIT).await?;
    let format = request.query().choice("format", &[("gzip", Format::Gzip), ("zstd", Format::Zstd)])?;
    let compressed = blocking(move || compressed(&body, format)).await.expect("writing to memory");
    let media_type = match format {
        Format::Gzip => "application/gzip",
        Format::Zstd => "application/zstd",
    };
    Ok(bytes(media_type, compressed))
}

fn compressed(body: &[u8], format: Format) -> io::Result<Vec<u8>> {
    match format {
        Format::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
            encoder.write_all(body)?;
            encoder.finish()
        }
        Format::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
    }
}
