//! CNI plugins seen from outside: the kernel opens a plugin's file when it is executed and closes it when the process
//! lets go of its memory at exit. inotify tells both, whoever runs the plugin.

use crate::failure::{Failure, Outcome};
use serde::Serialize;
use std::collections::HashMap;
use std::ffi::CString;
use std::io::Error;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

#[derive(Serialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PluginRun {
    pub plugin: String,
    pub opened_ns: i64,
    pub closed_ns: Option<i64>,
}

/// One inotify event with the time at which it was read.
#[derive(Debug)]
pub struct Edge {
    pub plugin: String,
    pub opened: bool,
    pub ns: i64,
}

pub struct PluginWatch {
    inotify: OwnedFd,
    pub edges: Vec<Edge>,
    pub overflowed: bool,
}

impl PluginWatch {
    pub fn open(directory: &str) -> Outcome<Self> {
        // SAFETY: plain inotify calls; the descriptor is owned right after it was made.
        let inotify = unsafe {
            let fd = libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK);
            if fd < 0 {
                return Err(Failure::io("inotify", &Error::last_os_error()));
            }
            OwnedFd::from_raw_fd(fd)
        };
        let path = CString::new(directory).map_err(|_| Failure::new("bad_request", "pluginsDir has a NUL"))?;
        // SAFETY: `path` is NUL-terminated and outlives the call.
        let watch = unsafe {
            libc::inotify_add_watch(inotify.as_raw_fd(), path.as_ptr(), libc::IN_OPEN | libc::IN_CLOSE_NOWRITE)
        };
        match watch {
            0.. => Ok(Self { inotify, edges: Vec::new(), overflowed: false }),
            _ => Err(Failure::io(&format!("watching {directory}"), &Error::last_os_error())),
        }
    }

    pub fn fd(&self) -> i32 {
        self.inotify.as_raw_fd()
    }

    pub fn drain(&mut self) {
        let mut buffer = [0u8; 4_096];
        loop {
            // SAFETY: reads at most the buffer's length into it.
            let count = unsafe { libc::read(self.fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
            if count <= 0 {
                return;
            }
            self.take(&buffer[..count as usize], crate::clock::realtime_ns());
        }
    }

    fn take(&mut self, mut bytes: &[u8], ns: i64) {
        // struct inotify_event: wd, mask, cookie, len (u32 each), then `len` bytes of a name padded with NULs.
        while bytes.len() >= 16 {
            let word = |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            let (mask, length) = (word(4), word(12) as usize);
            let Some(name) = bytes.get(16..16 + length) else { return };
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(length);
            self.overflowed |= mask & libc::IN_Q_OVERFLOW != 0;
            // An event without a name is the folder itself being listed.
            if end > 0 && mask & libc::IN_ISDIR == 0 {
                let plugin = String::from_utf8_lossy(&name[..end]).into_owned();
                self.edges.push(Edge { plugin, opened: mask & libc::IN_OPEN != 0, ns });
            }
            bytes = &bytes[16 + length..];
        }
    }
}

/// Joins opens and closes by plugin. Runs of one plugin do not overlap within a start; if they do, the first closes first.
pub fn join(edges: &[Edge]) -> Vec<PluginRun> {
    let mut runs: Vec<PluginRun> = Vec::new();
    let mut running: HashMap<&str, Vec<usize>> = HashMap::new();
    for edge in edges {
        let open = running.entry(&edge.plugin).or_default();
        if edge.opened {
            open.push(runs.len());
            runs.push(PluginRun { plugin: edge.plugin.clone(), opened_ns: edge.ns, closed_ns: None });
        } else if !open.is_empty() {
            runs[open.remove(0)].closed_ns = Some(edge.ns);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_run_by_another_lies_within_it() {
        let edge = |plugin: &str, opened, ns| Edge { plugin: plugin.into(), opened, ns };
        let runs = join(&[
            edge("firewall", false, 0),
            edge("bridge", true, 1),
            edge("host-local", true, 2),
            edge("host-local", false, 3),
            edge("bridge", false, 4),
            edge("firewall", true, 5),
        ]);
        let run = |plugin: &str, opened_ns, closed_ns| PluginRun { plugin: plugin.into(), opened_ns, closed_ns };
        assert_eq!(runs, [run("bridge", 1, Some(4)), run("host-local", 2, Some(3)), run("firewall", 5, None)]);
    }

    #[test]
    fn running_a_program_is_seen_as_open_and_close_around_its_life() {
        let folder = std::env::temp_dir().join(format!("givre-agent-plugins-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy("/bin/sleep", folder.join("nap")).unwrap();
        let mut watch = PluginWatch::open(folder.to_str().unwrap()).unwrap();
        let mut child = std::process::Command::new(folder.join("nap")).arg("0.05").spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        watch.drain();
        child.wait().unwrap();
        watch.drain();
        std::fs::remove_dir_all(&folder).unwrap();
        let runs = join(&watch.edges);
        let life = runs.iter().find(|run| run.closed_ns.is_some_and(|closed| closed - run.opened_ns > 20_000_000));
        assert_eq!(life.map(|run| run.plugin.as_str()), Some("nap"), "{runs:?}");
    }
}
