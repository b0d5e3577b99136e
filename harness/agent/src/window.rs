//! The measured window: everything is armed first, then the clock starts, then the requests are sent.

use crate::clock::{self, Deadline};
use crate::containerd::events::{Event, Listener};
use crate::containerd::{Containerd, Task, TaskStatus};
use crate::failure::{Failure, Outcome};
use crate::http::{Exchange, Expect, Expected, HttpRequest, Prepared};
use listening::Listening;
use observer::{Packet, PluginRun};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::Duration;

mod bpf;
pub mod diag;
pub mod listening;
pub mod observer;
mod packets;
mod plugins;

/// How long to wait after the answer for the event that tells of the start.
const TRAILING_EVENT_MS: u64 = 500;
/// How long the event stream may take to prove itself live.
const ARM_MS: u64 = 5_000;

/// True while a window is open: background sampling pauses, and no second window opens.
pub static OPEN: AtomicBool = AtomicBool::new(false);
/// Held during one background sample, so that a window does not open in the middle of it.
pub static SAMPLING: Mutex<()> = Mutex::new(());

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watch {
    plugins_dir: String,
    provider_port: u16,
    function_port: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeasureParams {
    namespace: String,
    container: String,
    trigger: Option<HttpRequest>,
    invoke: HttpRequest,
    expect: Expect,
    poll_spacing_ms: f64,
    deadline_ms: u64,
    watch: Watch,
}

/// All times are ns of CLOCK_REALTIME relative to `t0RealtimeNs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    t0_realtime_ns: String,
    /// CLOCK_REALTIME minus CLOCK_MONOTONIC, after minus before.
    clock_drift_ns: i64,
    trigger: Option<Exchange>,
    attempts: Vec<Exchange>,
    first_correct_ns: Option<i64>,
    events: Vec<Event>,
    cni: Vec<PluginRun>,
    packets: Vec<Packet>,
    listening: Option<Listening>,
    before: Task,
    after: Task,
    warnings: Vec<String>,
}

struct OpenWindow;

impl OpenWindow {
    fn enter() -> Outcome<Self> {
        if OPEN.swap(true, Ordering::SeqCst) {
            return Err(Failure::new("busy", "another window is open"));
        }
        drop(SAMPLING.lock());
        Ok(Self)
    }
}

impl Drop for OpenWindow {
    fn drop(&mut self) {
        OPEN.store(false, Ordering::SeqCst);
    }
}

struct Requests {
    trigger: Option<Exchange>,
    attempts: Vec<Exchange>,
}

pub fn measure(containerd: &Containerd, params: &MeasureParams) -> Outcome<Window> {
    let _open = OpenWindow::enter()?;
    clock::ask_for_prompt_wakeups();
    let trigger = params.trigger.as_ref().map(Prepared::parse).transpose()?;
    let invoke = Prepared::parse(&params.invoke)?;
    let expected = Expected::parse(Some(&params.expect))?;
    let mut warnings = Vec::new();

    containerd.ensure_events(&params.namespace, Deadline::after_ms(ARM_MS))?;
    let before = containerd.task(&params.namespace, &params.container)?;
    let events = containerd.hub.listen();
    let observer = observer::start(&params.watch.plugins_dir, params.watch.provider_port, &mut warnings)?;
    let listening =
        listening::start(&containerd.hub, &params.namespace, &params.container, params.watch.function_port)?;
    let offset_before = clock::realtime_offset_ns();

    let t0 = clock::realtime_ns();
    let requests = send(params, t0, trigger.as_ref(), &invoke, &expected, &mut warnings);

    let offset_after = clock::realtime_offset_ns();
    let mut seen = relevant(events.drain(), params);
    if expects_start(&before, &requests, &seen) {
        await_start(&events, &mut seen, params, &mut warnings);
    }
    let observed = observer.stop(t0, &mut warnings);
    let listening = listening.stop(t0, &mut warnings);
    let after = containerd.task(&params.namespace, &params.container)?;
    seen.extend(relevant(events.drain(), params));
    seen.sort_by_key(|event| event.ns);
    seen.iter_mut().for_each(|event| event.ns -= t0);

    Ok(Window {
        t0_realtime_ns: t0.to_string(),
        clock_drift_ns: offset_after - offset_before,
        first_correct_ns: requests.attempts.last().filter(|last| last.correct).and_then(|last| last.done_ns),
        trigger: requests.trigger,
        attempts: requests.attempts,
        events: seen,
        cni: observed.plugin_runs,
        packets: observed.packets,
        listening,
        before,
        after,
        warnings,
    })
}

fn send(
    params: &MeasureParams,
    t0: i64,
    trigger: Option<&Prepared>,
    invoke: &Prepared,
    expected: &Expected,
    warnings: &mut Vec<String>,
) -> Requests {
    let deadline = Deadline::after_ms(params.deadline_ms);
    let accepted = Expected::any_success();
    let trigger = trigger.map(|request| request.exchange(t0, deadline, &accepted));
    let mut attempts = Vec::new();
    if let Some(failed) = trigger.as_ref().filter(|answer| !answer.correct) {
        let reason = failed.error.clone().unwrap_or_else(|| format!("status {}", failed.status.unwrap_or(0)));
        warnings.push(format!("the trigger failed ({reason}): the function was not invoked"));
        return Requests { trigger, attempts };
    }
    // Never without any pause: the processors are shared with what is measured.
    let spacing = Duration::from_secs_f64((params.poll_spacing_ms / 1_000.0).clamp(0.000_1, 60.0));
    loop {
        let attempt = invoke.exchange(t0, deadline, expected);
        let correct = attempt.correct;
        attempts.push(attempt);
        if correct || deadline.remaining().is_none_or(|left| left <= spacing) {
            return Requests { trigger, attempts };
        }
        std::thread::sleep(spacing);
    }
}

/// Events of this container, and, for levels that make containers and pull images, of images and snapshots.
fn relevant(events: impl Iterator<Item = Event>, params: &MeasureParams) -> Vec<Event> {
    let about_it = |event: &Event| match event.topic.as_str() {
        topic if topic.starts_with("/images/") || topic.starts_with("/snapshot/") => true,
        topic if topic.starts_with("/givre/") => false,
        _ => event.subject == params.container,
    };
    events.filter(|event| event.namespace == params.namespace && about_it(event)).collect()
}

/// A running task that was merely invoked is not started again, and a trigger that failed starts nothing.
fn expects_start(before: &Task, requests: &Requests, seen: &[Event]) -> bool {
    let woken = requests.trigger.is_some() || before.status != TaskStatus::Running || !seen.is_empty();
    woken && !requests.attempts.is_empty()
}

/// Events arrive a little after what they tell of: wait for the one that ends this start.
fn await_start(events: &Listener, seen: &mut Vec<Event>, params: &MeasureParams, warnings: &mut Vec<String>) {
    let ends_it = |event: &Event| matches!(event.topic.as_str(), "/tasks/start" | "/tasks/resumed");
    let deadline = Deadline::after_ms(TRAILING_EVENT_MS);
    while !seen.iter().any(ends_it) {
        match events.next(deadline) {
            Ok(event) => seen.extend(relevant(std::iter::once(event), params)),
            Err(_) => {
                warnings.push(format!("no start or resume event within {TRAILING_EVENT_MS} ms of the last answer"));
                return;
            }
        }
    }
}

/// A thread with a stack of modest size: the agent's memory is part of what is measured.
fn spawn<T, F>(name: &str, work: F) -> Outcome<std::thread::JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let builder = std::thread::Builder::new().name(name.into()).stack_size(128 * 1024);
    builder.spawn(work).map_err(|e| Failure::io("thread", &e))
}
