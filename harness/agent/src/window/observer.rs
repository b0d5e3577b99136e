//! One thread that sleeps in poll(2) on what the kernel tells by itself: plugin executions and packets.

use super::packets::Capture;
pub use super::packets::Packet;
pub use super::plugins::PluginRun;
use super::plugins::{join, PluginWatch};
use crate::failure::{Failure, Outcome};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::thread::JoinHandle;

pub struct Observer {
    stop: File,
    thread: JoinHandle<(Option<PluginWatch>, Option<Capture>)>,
}

pub struct Observed {
    pub plugin_runs: Vec<PluginRun>,
    pub packets: Vec<Packet>,
}

/// What cannot be watched here is a warning: the rest of the window is still worth having.
pub fn start(plugins_dir: &str, provider_port: u16, warnings: &mut Vec<String>) -> Outcome<Observer> {
    let plugins = PluginWatch::open(plugins_dir).map_err(|f| warnings.push(format!("no CNI times: {f}"))).ok();
    let capture = Capture::open(provider_port).map_err(|f| warnings.push(format!("no packets: {f}"))).ok();
    // SAFETY: a fresh eventfd, owned right after.
    let stop = unsafe {
        let fd = libc::eventfd(0, libc::EFD_CLOEXEC);
        if fd < 0 {
            return Err(Failure::io("eventfd", &std::io::Error::last_os_error()));
        }
        File::from_raw_fd(fd)
    };
    let waiting = stop.try_clone().map_err(|e| Failure::io("eventfd", &e))?;
    let thread = super::spawn("observer", move || watch(plugins, capture, &waiting))?;
    Ok(Observer { stop, thread })
}

fn watch(
    mut plugins: Option<PluginWatch>,
    mut capture: Option<Capture>,
    stop: &File,
) -> (Option<PluginWatch>, Option<Capture>) {
    crate::clock::ask_for_prompt_wakeups();
    let on = |fd: i32| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // poll(2) ignores negative descriptors.
    let plugins_fd = plugins.as_ref().map_or(-1, PluginWatch::fd);
    let mut waits = [on(plugins_fd), on(capture.as_ref().map_or(-1, Capture::fd)), on(stop.as_raw_fd())];
    loop {
        // SAFETY: three valid pollfds.
        unsafe { libc::poll(waits.as_mut_ptr(), waits.len() as libc::nfds_t, -1) };
        if let Some(plugins) = &mut plugins {
            plugins.drain();
        }
        if let Some(capture) = &mut capture {
            capture.drain();
        }
        if waits[2].revents != 0 {
            return (plugins, capture);
        }
    }
}

impl Observer {
    pub fn stop(mut self, t0: i64, warnings: &mut Vec<String>) -> Observed {
        let _ = self.stop.write_all(&1u64.to_ne_bytes());
        let Ok((plugins, capture)) = self.thread.join() else {
            warnings.push("the observer thread died".into());
            return Observed { plugin_runs: Vec::new(), packets: Vec::new() };
        };
        if plugins.as_ref().is_some_and(|watch| watch.overflowed) {
            warnings.push("inotify lost events: CNI times are incomplete".into());
        }
        if let Some(lost) = capture.as_ref().map(Capture::lost).filter(|lost| *lost > 0) {
            warnings.push(format!("{lost} packets were lost"));
        }
        let mut plugin_runs = plugins.map(|watch| join(&watch.edges)).unwrap_or_default();
        for run in &mut plugin_runs {
            run.opened_ns -= t0;
            run.closed_ns = run.closed_ns.map(|ns| ns - t0);
        }
        let mut packets = capture.map(|capture| capture.packets).unwrap_or_default();
        packets.iter_mut().for_each(|packet| packet.ns -= t0);
        packets.sort_by_key(|packet| packet.ns);
        Observed { plugin_runs, packets }
    }
}
