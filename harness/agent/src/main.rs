//! givre-agent: does on the machine under test what must be near the clock.
//!
//! One JSON request a line on stdin (`{"id","method","params"}`), one JSON answer a line on stdout (`{"id","result"}` or
//! `{"id","error":{"code","message"}}`), answers in the order in which they are ready. Ends when stdin ends.
//!
//! One static file, so that it runs on any machine: `protobuf-compiler` is needed to build it, and a named target, because
//! build scripts and procedural macros cannot be linked statically:
//! `RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --release --target x86_64-unknown-linux-gnu`.

mod cgroup;
mod clock;
mod containerd;
mod contamination;
mod failure;
mod following;
mod http;
mod lifecycle;
mod memory;
mod procfs;
mod rpc;
mod window;

fn main() {
    keep_memory_small();
    let socket = std::env::var("GIVRE_CONTAINERD_SOCKET").unwrap_or("/run/containerd/containerd.sock".into());
    match containerd::Containerd::start(socket) {
        Ok(containerd) => rpc::serve(containerd),
        Err(failure) => {
            eprintln!("givre-agent: {failure}");
            std::process::exit(1);
        }
    }
}

/// glibc gives each thread an arena of its own; the agent has many short-lived threads and little to allocate.
fn keep_memory_small() {
    // SAFETY: called before any other thread exists.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
