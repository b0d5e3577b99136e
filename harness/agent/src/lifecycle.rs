//! Ending a task and waiting for a state, each with containerd's own word for it.

use crate::clock::Deadline;
use crate::containerd::{Containerd, Task, TaskStatus};
use crate::failure::{Failure, Outcome};
use serde::{Deserialize, Serialize};

/// Events wake the waiting; this spacing bounds what a lost event can cost.
const LOOK_AGAIN_MS: u64 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskParams {
    pub namespace: String,
    pub id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitTaskParams {
    namespace: String,
    id: String,
    status: TaskStatus,
    deadline_ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KillParams {
    namespace: String,
    id: String,
    signal: u32,
    deadline_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Killed {
    pid: u32,
    /// CLOCK_REALTIME at which the shim reaped the process; null if its exit event did not come in time.
    exit_ns_realtime: Option<String>,
}

pub fn wait_task(containerd: &Containerd, params: &WaitTaskParams) -> Outcome<Task> {
    let deadline = Deadline::after_ms(params.deadline_ms);
    let events = containerd.hub.listen();
    containerd.ensure_events(&params.namespace, deadline)?;
    loop {
        let task = containerd.task(&params.namespace, &params.id)?;
        if task.status == params.status {
            return Ok(task);
        }
        if deadline.remaining().is_none() {
            return Err(Failure::deadline(format!(
                "task {} was to be {} within {} ms and is {} (pid {}, container present: {})",
                params.id,
                params.status,
                params.deadline_ms,
                task.status,
                task.pid.map_or("none".into(), |pid| pid.to_string()),
                task.container_present
            )));
        }
        let again = Deadline::after_ms(LOOK_AGAIN_MS).earliest(deadline);
        while events.next(again).is_ok_and(|event| event.subject != params.id) {}
    }
}

pub fn kill(containerd: &Containerd, params: &KillParams) -> Outcome<Killed> {
    let deadline = Deadline::after_ms(params.deadline_ms);
    containerd.ensure_events(&params.namespace, deadline)?;
    let events = containerd.hub.listen();
    let task = containerd.task(&params.namespace, &params.id)?;
    let pid = task.pid.ok_or_else(|| Failure::new("not_found", format!("no task {}", params.id)))?;
    if task.status == TaskStatus::Stopped {
        return Err(Failure::new("not_running", format!("task {} has stopped already", params.id)));
    }
    containerd.signal(&params.namespace, &params.id, params.signal, deadline)?;
    let mut exited_at = None;
    loop {
        let again = Deadline::after_ms(LOOK_AGAIN_MS).earliest(deadline);
        while let Ok(event) = events.next(again) {
            if event.subject == params.id && event.pid == Some(pid) && event.topic == "/tasks/exit" {
                exited_at = event.exited_at.or(Some(event.ns));
                break;
            }
        }
        let now = containerd.task(&params.namespace, &params.id)?;
        let is_over = matches!(now.status, TaskStatus::Stopped | TaskStatus::Absent) || now.pid != Some(pid);
        if is_over && (exited_at.is_some() || deadline.remaining().is_none()) {
            return Ok(Killed { pid, exit_ns_realtime: exited_at.map(|ns| ns.to_string()) });
        }
        if deadline.remaining().is_none() {
            return Err(Failure::deadline(format!(
                "task {} (pid {pid}) was sent signal {} and is still {} after {} ms",
                params.id, params.signal, now.status, params.deadline_ms
            )));
        }
    }
}
