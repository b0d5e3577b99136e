//! Lines in, lines out: one thread per request, so that a slow one holds up no other.

use crate::containerd::images::Present;
use crate::containerd::Containerd;
use crate::failure::{Failure, Outcome};
use crate::following::Following;
use crate::memory::series::Sampling;
use crate::{cgroup, clock, contamination, http, lifecycle, memory, procfs, window};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::{BufRead, Write};
use std::sync::Arc;

const REQUEST_STACK_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
struct Call {
    id: u64,
    method: String,
    #[serde(default)]
    params: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageParams {
    namespace: String,
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentParams {
    namespace: String,
    digests: Vec<String>,
}

#[derive(Serialize)]
struct Content {
    blobs: Vec<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hello {
    agent_version: &'static str,
    pid: u32,
    kernel: String,
    /// 1, 2 or "hybrid".
    cgroup_version: serde_json::Value,
    uid: u32,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

struct Agent {
    containerd: Arc<Containerd>,
    sampling: Sampling,
    following: Following,
}

/// Reads requests until stdin ends, then ends the process with all its threads.
pub fn serve(containerd: Containerd) -> ! {
    let agent = Arc::new(Agent {
        containerd: Arc::new(containerd),
        sampling: Sampling::default(),
        following: Following::default(),
    });
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Call>(&line) {
            Ok(call) => spawn(Arc::clone(&agent), call),
            Err(e) => write(Answer::failed(None, Failure::new("bad_request", format!("not a request: {e}")))),
        }
    }
    std::process::exit(0);
}

fn spawn(agent: Arc<Agent>, call: Call) {
    let id = call.id;
    let work = move || {
        let answer = match dispatch(&agent, &call) {
            Ok(result) => Answer { id: Some(id), result: Some(result), error: None },
            Err(failure) => Answer::failed(Some(id), failure),
        };
        write(answer);
    };
    if let Err(e) = std::thread::Builder::new().stack_size(REQUEST_STACK_BYTES).spawn(work) {
        write(Answer::failed(Some(id), Failure::io("thread", &e)));
    }
}

impl Answer {
    fn failed(id: Option<u64>, failure: Failure) -> Self {
        Self { id, result: None, error: Some(failure) }
    }
}

/// A reader that has gone away means that nobody is waiting any more.
fn write(answer: Answer) {
    let Ok(mut line) = serde_json::to_vec(&answer) else { return };
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    if out.write_all(&line).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

fn params<T: DeserializeOwned>(call: &Call) -> Outcome<T> {
    let text = call.params.as_ref().map_or("{}", |raw| raw.get());
    serde_json::from_str(text).map_err(|e| Failure::new("bad_request", format!("params of {}: {e}", call.method)))
}

fn result<T: Serialize>(value: T) -> Outcome<Box<RawValue>> {
    serde_json::value::to_raw_value(&value).map_err(|e| Failure::new("internal", e.to_string()))
}

fn hello() -> Hello {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Hello {
        agent_version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        kernel: kernel.trim().into(),
        cgroup_version: cgroup::version(&cgroup::read_mountinfo()),
        // SAFETY: cannot fail.
        uid: unsafe { libc::getuid() },
    }
}

fn dispatch(agent: &Agent, call: &Call) -> Outcome<Box<RawValue>> {
    let containerd = agent.containerd.as_ref();
    match call.method.as_str() {
        "hello" => result(hello()),
        "clocks" => result(clock::clocks()),
        "pressure" => result(procfs::pressure()),
        "http" => result(http::single(&params(call)?)?),
        "kill" => result(lifecycle::kill(containerd, &params(call)?)?),
        "task" => {
            let wanted: lifecycle::TaskParams = params(call)?;
            result(containerd.task(&wanted.namespace, &wanted.id)?)
        }
        "waitTask" => result(lifecycle::wait_task(containerd, &params(call)?)?),
        "imageBlobs" => {
            let wanted: ImageParams = params(call)?;
            result(containerd.image_blobs(&wanted.namespace, &wanted.name)?)
        }
        "imageRemove" => {
            let wanted: ImageParams = params(call)?;
            result(containerd.image_remove(&wanted.namespace, &wanted.name)?)
        }
        "contentPresent" => {
            let wanted: ContentParams = params(call)?;
            result(Content { blobs: containerd.content_present(&wanted.namespace, &wanted.digests)? })
        }
        "contamination" => result(contamination::count(containerd, &params(call)?)?),
        "cleanCni" => result(contamination::clean(containerd, &params(call)?)?),
        "measure" => result(window::measure(containerd, &params(call)?)?),
        "memory" => result(memory::once(containerd, &params(call)?)?),
        "memoryStart" => {
            agent.sampling.start(Arc::clone(&agent.containerd), params(call)?)?;
            result(Nothing {})
        }
        "memoryStop" => result(agent.sampling.stop()?),
        "followStart" => {
            agent.following.start(containerd, params(call)?)?;
            result(Nothing {})
        }
        "followStop" => result(agent.following.stop(containerd)?),
        other => Err(Failure::new("unknown_method", format!("no method {other:?}"))),
    }
}
