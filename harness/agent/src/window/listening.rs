//! When the new task listens, seen from outside: look-ups in its network namespace from its creation to the first hit.

use super::diag::{self, Prober};
use crate::clock::{self, realtime_ns, Deadline};
use crate::containerd::events::{Hub, Listener};
use crate::failure::Outcome;
use serde::Serialize;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

const SPACING: Duration = Duration::from_micros(300);
/// Whether the process lives and has an address yet is dearer to ask than a look-up.
const LOOKUPS_PER_CHECK: u32 = 16;
/// A window is bounded by its own deadline and ends this thread; this bounds a wait that nobody ends.
const IDLE_MS: u64 = 600_000;

/// The port began to listen after `ns - resolutionNs` and not later than `ns`.
#[derive(Serialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Listening {
    ns: i64,
    pid: u32,
    resolution_ns: i64,
}

pub struct ListeningWatch {
    hub: Arc<Hub>,
    listener: u64,
    thread: JoinHandle<Outcome<Option<Listening>>>,
}

struct Wanted {
    namespace: String,
    container: String,
    port: u16,
}

struct Created {
    pid: u32,
    ns: i64,
}

enum Watched {
    Listening(Listening),
    Recreated(Created),
    TaskGone,
    WindowOver,
}

pub fn start(hub: &Arc<Hub>, namespace: &str, container: &str, port: u16) -> Outcome<ListeningWatch> {
    diag::is_supported();
    let events = hub.listen();
    let listener = events.id;
    let wanted = Wanted { namespace: namespace.into(), container: container.into(), port };
    let thread = super::spawn("listening", move || {
        clock::ask_for_prompt_wakeups();
        follow(&events, &wanted)
    })?;
    Ok(ListeningWatch { hub: Arc::clone(hub), listener, thread })
}

impl ListeningWatch {
    pub fn stop(self, t0: i64, warnings: &mut Vec<String>) -> Option<Listening> {
        self.hub.hush(self.listener);
        match self.thread.join() {
            Ok(Ok(seen)) => seen.map(|seen| Listening { ns: seen.ns - t0, ..seen }),
            Ok(Err(failure)) => {
                warnings.push(format!("no listening time: {failure}"));
                None
            }
            Err(_) => {
                warnings.push("the listening thread died".into());
                None
            }
        }
    }
}

fn follow(events: &Listener, wanted: &Wanted) -> Outcome<Option<Listening>> {
    let mut next = None;
    loop {
        let created = match next.take() {
            Some(created) => created,
            None => match await_creation(events, wanted, Deadline::after_ms(IDLE_MS)) {
                Ok(created) => created,
                Err(_) => return Ok(None),
            },
        };
        match watch(events, wanted, &created)? {
            Watched::Listening(seen) => return Ok(Some(seen)),
            Watched::Recreated(again) => next = Some(again),
            Watched::TaskGone => {}
            Watched::WindowOver => return Ok(None),
        }
    }
}

fn await_creation(events: &Listener, wanted: &Wanted, deadline: Deadline) -> Result<Created, RecvTimeoutError> {
    loop {
        let event = events.next(deadline)?;
        let is_it =
            event.topic == "/tasks/create" && event.subject == wanted.container && event.namespace == wanted.namespace;
        if let (true, Some(pid)) = (is_it, event.pid) {
            return Ok(Created { pid, ns: event.ns });
        }
    }
}

fn watch(events: &Listener, wanted: &Wanted, created: &Created) -> Outcome<Watched> {
    let process = format!("/proc/{}", created.pid);
    let mut prober = match Prober::of(created.pid) {
        Ok(prober) => prober,
        Err(_) if !Path::new(&process).exists() => return Ok(Watched::TaskGone),
        Err(failure) => return Err(failure),
    };
    let mut last_without = created.ns;
    for round in 0u32.. {
        let asked = realtime_ns();
        if prober.listens(wanted.port)? {
            let ns = realtime_ns();
            return Ok(Watched::Listening(Listening { ns, pid: created.pid, resolution_ns: ns - last_without }));
        }
        last_without = asked;
        match await_creation(events, wanted, Deadline::after_ms(0)) {
            Ok(again) => return Ok(Watched::Recreated(again)),
            Err(RecvTimeoutError::Disconnected) => return Ok(Watched::WindowOver),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if round % LOOKUPS_PER_CHECK == LOOKUPS_PER_CHECK - 1 {
            if !Path::new(&process).exists() {
                return Ok(Watched::TaskGone);
            }
            prober.look_for_address();
        }
        std::thread::sleep(SPACING);
    }
    Ok(Watched::WindowOver)
}
