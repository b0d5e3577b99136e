//! What containerd tells of one container between two calls: for events that nobody waits for, such as `/tasks/oom`.

use crate::clock::{realtime_ns, Deadline};
use crate::containerd::events::{Event, Listener};
use crate::containerd::Containerd;
use crate::failure::{Failure, Outcome};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

/// How long the event stream may take to prove itself live.
const ARM_MS: u64 = 5_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FollowParams {
    namespace: String,
    container: String,
}

/// Times are ns relative to `t0RealtimeNs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Followed {
    t0_realtime_ns: String,
    events: Vec<Event>,
    /// False when the stream broke off on the way: then what is missing here may have happened all the same.
    complete: bool,
}

struct Running {
    params: FollowParams,
    t0: i64,
    listener: Listener,
    stream: u64,
}

/// At most one container is followed at a time.
#[derive(Default)]
pub struct Following(Mutex<Option<Running>>);

impl Following {
    /// Returns once the stream is known to be live, so that nothing later is missed.
    pub fn start(&self, containerd: &Containerd, params: FollowParams) -> Outcome<()> {
        let mut running = self.0.lock().map_err(|_| Failure::new("internal", "poisoned"))?;
        if running.is_some() {
            return Err(Failure::new("busy", "a container is followed already"));
        }
        containerd.ensure_events(&params.namespace, Deadline::after_ms(ARM_MS))?;
        let listener = containerd.hub.listen();
        *running = Some(Running { params, t0: realtime_ns(), listener, stream: containerd.hub.stream() });
        Ok(())
    }

    /// Everything that containerd has published until now is in the answer.
    pub fn stop(&self, containerd: &Containerd) -> Outcome<Followed> {
        let running = self.0.lock().map_err(|_| Failure::new("internal", "poisoned"))?.take();
        let running = running.ok_or_else(|| Failure::new("not_running", "no container is followed"))?;
        // Events come in order: once a probe of now has come back, so have all before it.
        containerd.ensure_events(&running.params.namespace, Deadline::after_ms(ARM_MS))?;
        let mut events: Vec<Event> = running.listener.drain().filter(|event| running.is_about(event)).collect();
        events.iter_mut().for_each(|event| event.ns -= running.t0);
        Ok(Followed {
            t0_realtime_ns: running.t0.to_string(),
            events,
            complete: containerd.hub.stream() == running.stream,
        })
    }
}

impl Running {
    fn is_about(&self, event: &Event) -> bool {
        let own = event.namespace == self.params.namespace && event.subject == self.params.container;
        own && !event.topic.starts_with("/images/") && !event.topic.starts_with("/snapshot/")
    }
}
