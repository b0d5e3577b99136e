//! containerd over gRPC: one thread with one single-threaded runtime, blocking calls for everybody else.

use crate::clock::Deadline;
use crate::failure::{Failure, Outcome};
use containerd_client::services::v1::containers_client::ContainersClient;
use containerd_client::services::v1::namespaces_client::NamespacesClient;
use containerd_client::services::v1::tasks_client::TasksClient;
use containerd_client::services::v1::{
    GetContainerRequest, GetRequest, KillRequest, ListNamespacesRequest, ListTasksRequest,
};
use containerd_client::tonic::transport::Channel;
use containerd_client::tonic::{Code, Request, Response, Status};
use containerd_client::types::v1::Status as ProcessStatus;
use events::Hub;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

pub mod events;
pub mod images;

/// Without a deadline of the caller's own, one call may take this long.
const CALL_MS: u64 = 10_000;

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    Running,
    Stopped,
    Paused,
    Created,
    Absent,
}

impl std::fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Created => "created",
            Self::Absent => "absent",
        })
    }
}

#[derive(Serialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub status: TaskStatus,
    pub pid: Option<u32>,
    pub container_present: bool,
}

pub struct Containerd {
    socket: String,
    runtime: tokio::runtime::Handle,
    channel: Mutex<Option<Channel>>,
    pub hub: Arc<Hub>,
}

/// A request in one containerd namespace.
fn within<T>(namespace: &str, message: T) -> Outcome<Request<T>> {
    let mut request = Request::new(message);
    let value = namespace
        .parse()
        .map_err(|_| Failure::new("bad_request", format!("not a containerd namespace: {namespace:?}")))?;
    request.metadata_mut().insert("containerd-namespace", value);
    Ok(request)
}

fn refused(what: &str, status: &Status) -> Failure {
    let code = match status.code() {
        Code::NotFound => "not_found",
        Code::Unavailable => "containerd_unreachable",
        _ => "containerd",
    };
    Failure::new(code, format!("{what}: {}", status.message()))
}

/// "Not there" as a value and not as an error.
fn optional<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(response) => Ok(Some(response.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

impl Containerd {
    /// Starts the runtime's thread; the connection is made when it is first needed.
    pub fn start(socket: String) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::io("runtime", &e))?;
        let handle = runtime.handle().clone();
        std::thread::Builder::new()
            .name("grpc".into())
            .spawn(move || {
                crate::clock::ask_for_prompt_wakeups();
                runtime.block_on(std::future::pending::<()>())
            })
            .map_err(|e| Failure::io("thread", &e))?;
        Ok(Self { socket, runtime: handle, channel: Mutex::new(None), hub: Arc::default() })
    }

    /// Runs a call on the runtime's thread and waits for it here.
    fn wait<T, F>(&self, what: &str, deadline: Deadline, call: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        let job = self.runtime.spawn(async move {
            let _ = sender.send(call.await);
        });
        let left = deadline.remaining().unwrap_or_default();
        match receiver.recv_timeout(left) {
            Ok(answer) => answer.map_err(|status| refused(what, &status)),
            Err(_) => {
                job.abort();
                Err(Failure::deadline(format!("{what}: containerd has not answered in time")))
            }
        }
    }

    fn channel(&self) -> Outcome<Channel> {
        let mut kept = self.channel.lock().map_err(|_| Failure::new("internal", "poisoned"))?;
        if let Some(channel) = kept.as_ref() {
            return Ok(channel.clone());
        }
        let socket = self.socket.clone();
        let channel = self.wait("connecting to containerd", Deadline::after_ms(CALL_MS), async move {
            let made = containerd_client::connect(&socket).await;
            made.map_err(|e| Status::unavailable(format!("{socket}: {}", chain(&e))))
        })?;
        *kept = Some(channel.clone());
        Ok(channel)
    }

    pub fn task(&self, namespace: &str, id: &str) -> Outcome<Task> {
        let channel = self.channel()?;
        let get_task = within(namespace, GetRequest { container_id: id.into(), exec_id: String::new() })?;
        let get_container = within(namespace, GetContainerRequest { id: id.into() })?;
        self.wait("task", Deadline::after_ms(CALL_MS), async move {
            let process = optional(TasksClient::new(channel.clone()).get(get_task).await)?.and_then(|t| t.process);
            let container_present = optional(ContainersClient::new(channel).get(get_container).await)?.is_some();
            let status = process.as_ref().map_or(TaskStatus::Absent, |p| task_status(p.status));
            let pid = process.map(|p| p.pid).filter(|pid| *pid != 0);
            Ok(Task { status, pid, container_present })
        })
    }

    pub fn signal(&self, namespace: &str, id: &str, signal: u32, deadline: Deadline) -> Outcome<()> {
        let channel = self.channel()?;
        let kill = KillRequest { container_id: id.into(), signal, ..KillRequest::default() };
        let kill = within(namespace, kill)?;
        self.wait("kill", deadline, async move { TasksClient::new(channel).kill(kill).await.map(|_| ()) })
    }

    pub fn namespaces(&self) -> Outcome<Vec<String>> {
        let channel = self.channel()?;
        self.wait("namespaces", Deadline::after_ms(CALL_MS), async move {
            let list = NamespacesClient::new(channel).list(ListNamespacesRequest::default()).await?;
            Ok(list.into_inner().namespaces.into_iter().map(|n| n.name).collect())
        })
    }

    /// Ids and pids of a namespace's tasks that are not stopped.
    pub fn living_tasks(&self, namespace: &str) -> Outcome<Vec<(String, u32)>> {
        let channel = self.channel()?;
        let list = within(namespace, ListTasksRequest::default())?;
        self.wait("tasks", Deadline::after_ms(CALL_MS), async move {
            let tasks = TasksClient::new(channel).list(list).await?.into_inner().tasks;
            let living = tasks.into_iter().filter(|t| task_status(t.status) != TaskStatus::Stopped);
            // A list names a task's container in `id`.
            Ok(living.map(|t| (if t.id.is_empty() { t.container_id } else { t.id }, t.pid)).collect())
        })
    }
}

fn task_status(raw: i32) -> TaskStatus {
    match ProcessStatus::try_from(raw) {
        Ok(ProcessStatus::Created) => TaskStatus::Created,
        Ok(ProcessStatus::Running) => TaskStatus::Running,
        Ok(ProcessStatus::Paused | ProcessStatus::Pausing) => TaskStatus::Paused,
        Ok(ProcessStatus::Stopped) => TaskStatus::Stopped,
        Ok(ProcessStatus::Unknown) | Err(_) => TaskStatus::Absent,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
