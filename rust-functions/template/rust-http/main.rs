//! The program of a function's image: listens first, then calls `handle`.

use std::process::ExitCode;

givre_serve::listen_first!();

fn main() -> ExitCode {
    givre_serve::serve(function::handle)
}
