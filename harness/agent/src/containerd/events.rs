//! containerd's event stream: one lasting subscription, handed on to whoever listens at the moment.
//!
//! The server sends its answer's head with the first event only, so "subscribed" cannot be told from the call. A probe
//! event of our own, published and seen to come back, proves that the stream is live.

use super::{within, Containerd};
use crate::clock::Deadline;
use crate::failure::{Failure, Outcome};
use containerd_client::events as wire;
use containerd_client::services::v1::events_client::EventsClient;
use containerd_client::services::v1::{PublishRequest, SubscribeRequest};
use containerd_client::to_any;
use containerd_client::types::Envelope;
use prost::Message;
use prost_types::Timestamp;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROBE_TOPIC: &str = "/givre/probe";
const FILTER: &str = r#"topic~="^/(tasks|containers|images|snapshot|givre)/""#;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(skip)]
    pub namespace: String,
    pub topic: String,
    /// CLOCK_REALTIME when it leaves the stream; a window makes it relative to its t0.
    pub ns: i64,
    /// Container id, image name or snapshot key.
    pub subject: String,
    pub pid: Option<u32>,
    pub exit_status: Option<u32>,
    /// When the process ended, as the shim saw it (CLOCK_REALTIME).
    #[serde(skip)]
    pub exited_at: Option<i64>,
}

#[derive(Default)]
pub struct Hub {
    listeners: Mutex<Vec<(u64, Sender<Event>)>>,
    next: AtomicU64,
    streaming: AtomicBool,
    streams: AtomicU64,
}

impl Hub {
    /// Number of the subscription that events come from; another one means that some may be missing in between.
    pub fn stream(&self) -> u64 {
        self.streams.load(Ordering::SeqCst)
    }

    /// Everything that comes from now on, until the listener is dropped or `hush`ed.
    pub fn listen(self: &Arc<Self>) -> Listener {
        let (sender, events) = mpsc::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut listeners) = self.listeners.lock() {
            listeners.push((id, sender));
        }
        Listener { hub: Arc::clone(self), id, events }
    }

    fn hand_on(&self, event: &Event) {
        if let Ok(listeners) = self.listeners.lock() {
            for (_, sender) in listeners.iter() {
                let _ = sender.send(event.clone());
            }
        }
    }

    /// Ends a listener's stream: its `next` answers `None` from then on.
    pub fn hush(&self, id: u64) {
        if let Ok(mut listeners) = self.listeners.lock() {
            listeners.retain(|(listener, _)| *listener != id);
        }
    }
}

pub struct Listener {
    hub: Arc<Hub>,
    pub id: u64,
    events: Receiver<Event>,
}

impl Listener {
    pub fn next(&self, deadline: Deadline) -> Result<Event, RecvTimeoutError> {
        self.events.recv_timeout(deadline.remaining().unwrap_or(Duration::ZERO))
    }

    /// What has come and was not taken yet.
    pub fn drain(&self) -> impl Iterator<Item = Event> + '_ {
        self.events.try_iter()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.hush(self.id);
    }
}

impl Containerd {
    /// Returns once an event published now has come back, so that nothing later can be missed.
    pub fn ensure_events(&self, namespace: &str, deadline: Deadline) -> Outcome<()> {
        let listener = self.hub.listen();
        loop {
            if !self.hub.streaming.swap(true, Ordering::SeqCst) {
                self.follow()?;
            }
            let token = format!("givre-{}-{}", std::process::id(), self.hub.next.fetch_add(1, Ordering::Relaxed));
            self.publish_probe(namespace, &token, deadline)?;
            // A subscription that has just been asked for may miss the first probe: ask again soon.
            let again = Deadline::after_ms(50).earliest(deadline);
            while let Ok(event) = listener.next(again) {
                if event.subject == token {
                    return Ok(());
                }
            }
            if deadline.remaining().is_none() {
                return Err(Failure::deadline("containerd's event stream did not return a probe event"));
            }
        }
    }

    fn publish_probe(&self, namespace: &str, token: &str, deadline: Deadline) -> Outcome<()> {
        let channel = self.channel()?;
        let probe = to_any(&wire::ContainerDelete { id: token.into() });
        let publish = within(namespace, PublishRequest { topic: PROBE_TOPIC.into(), event: Some(probe) })?;
        self.wait("publishing a probe event", deadline, async move {
            EventsClient::new(channel).publish(publish).await.map(|_| ())
        })
    }

    fn follow(&self) -> Outcome<()> {
        let channel = match self.channel() {
            Ok(channel) => channel,
            Err(failure) => {
                self.hub.streaming.store(false, Ordering::SeqCst);
                return Err(failure);
            }
        };
        let hub = Arc::clone(&self.hub);
        hub.streams.fetch_add(1, Ordering::SeqCst);
        self.runtime.spawn(async move {
            let request = SubscribeRequest { filters: vec![FILTER.into()] };
            if let Ok(answer) = EventsClient::new(channel).subscribe(request).await {
                let mut stream = answer.into_inner();
                while let Ok(Some(envelope)) = stream.message().await {
                    if let Some(event) = parse(&envelope) {
                        hub.hand_on(&event);
                    }
                }
            }
            hub.streaming.store(false, Ordering::SeqCst);
        });
        Ok(())
    }
}

fn nanoseconds(stamp: &Timestamp) -> i64 {
    stamp.seconds * 1_000_000_000 + i64::from(stamp.nanos)
}

/// `None` for events of exec'd processes (they are not the task) and for what cannot be read.
pub fn parse(envelope: &Envelope) -> Option<Event> {
    let bytes = envelope.event.as_ref()?.value.as_slice();
    let mut event = Event {
        namespace: envelope.namespace.clone(),
        topic: envelope.topic.clone(),
        ns: nanoseconds(envelope.timestamp.as_ref()?),
        subject: String::new(),
        pid: None,
        exit_status: None,
        exited_at: None,
    };
    match envelope.topic.as_str() {
        "/tasks/create" => {
            let create = wire::TaskCreate::decode(bytes).ok()?;
            (event.subject, event.pid) = (create.container_id, Some(create.pid));
        }
        "/tasks/exit" => {
            let exit = wire::TaskExit::decode(bytes).ok()?;
            if exit.id != exit.container_id && !exit.id.is_empty() {
                return None;
            }
            (event.subject, event.pid) = (exit.container_id, Some(exit.pid));
            event.exit_status = Some(exit.exit_status);
            event.exited_at = exit.exited_at.as_ref().map(nanoseconds);
        }
        "/tasks/delete" => {
            let delete = wire::TaskDelete::decode(bytes).ok()?;
            if delete.id != delete.container_id && !delete.id.is_empty() {
                return None;
            }
            (event.subject, event.pid) = (delete.container_id, Some(delete.pid));
            event.exit_status = Some(delete.exit_status);
            event.exited_at = delete.exited_at.as_ref().map(nanoseconds);
        }
        topic if topic.starts_with("/tasks/exec") => return None,
        "/tasks/start" => {
            let start = wire::TaskStart::decode(bytes).ok()?;
            (event.subject, event.pid) = (start.container_id, Some(start.pid));
        }
        // All others carry in field 1 what they are about.
        _ => event.subject = wire::ContainerDelete::decode(bytes).ok()?.id,
    }
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(topic: &str, event: prost_types::Any) -> Envelope {
        let timestamp = Some(Timestamp { seconds: 1_700_000_000, nanos: 123_456_789 });
        Envelope { timestamp, namespace: "n".into(), topic: topic.into(), event: Some(event) }
    }

    #[test]
    fn a_tasks_exit_carries_pid_status_and_both_times_in_nanoseconds() {
        let exit = wire::TaskExit {
            container_id: "fn".into(),
            id: "fn".into(),
            pid: 7,
            exit_status: 137,
            exited_at: Some(Timestamp { seconds: 1, nanos: 2 }),
        };
        let event = parse(&envelope("/tasks/exit", to_any(&exit))).unwrap();
        assert_eq!(event.ns, 1_700_000_000_123_456_789);
        assert_eq!((event.subject.as_str(), event.pid, event.exit_status), ("fn", Some(7), Some(137)));
        assert_eq!(event.exited_at, Some(1_000_000_002));
    }

    #[test]
    fn the_exit_of_an_execd_process_is_not_the_tasks() {
        let exit = wire::TaskExit { container_id: "fn".into(), id: "exec-1".into(), ..wire::TaskExit::default() };
        assert!(parse(&envelope("/tasks/exit", to_any(&exit))).is_none());
    }

    #[test]
    fn a_snapshot_event_is_about_its_key() {
        let prepare = wire::SnapshotPrepare { key: "fn-snapshot".into(), ..wire::SnapshotPrepare::default() };
        let event = parse(&envelope("/snapshot/prepare", to_any(&prepare))).unwrap();
        assert_eq!((event.subject.as_str(), event.pid), ("fn-snapshot", None));
    }
}
