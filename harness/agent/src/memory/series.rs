//! Memory over time, sampled in the background and never inside a measured window.

use super::{own_cost, pss, Finder, OwnCost, Pss};
use crate::cgroup::CgroupMemory;
use crate::clock::realtime_ns;
use crate::containerd::Containerd;
use crate::failure::{Failure, Outcome};
use crate::procfs;
use crate::window;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// About an hour of four functions at 10 Hz; past it the oldest part is kept and `truncated` says so.
const MAX_POINTS: usize = 150_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartParams {
    namespace: String,
    ids: Vec<String>,
    #[serde(default)]
    machine: bool,
    #[serde(default = "ten")]
    cgroup_hz: f64,
    #[serde(default = "one")]
    pss_hz: f64,
}

fn ten() -> f64 {
    10.0
}

fn one() -> f64 {
    1.0
}

#[derive(Serialize)]
struct CgroupPoint {
    ns: i64,
    id: String,
    #[serde(flatten)]
    memory: CgroupMemory,
}

#[derive(Serialize)]
struct PssPoint {
    ns: i64,
    id: String,
    #[serde(flatten)]
    pss: Pss,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MachinePoint {
    ns: i64,
    available_bytes: u64,
}

/// Times are ns relative to `t0RealtimeNs`. A function without a living task has no points.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    t0_realtime_ns: String,
    duration_ns: i64,
    cgroup: Vec<CgroupPoint>,
    pss: Vec<PssPoint>,
    machine: Vec<MachinePoint>,
    /// Ticks of the cgroup rhythm that were left out because a window was open.
    paused_ticks: u64,
    truncated: bool,
    agent: OwnCost,
    warnings: Vec<String>,
}

struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Series>,
}

/// At most one series runs at a time.
#[derive(Default)]
pub struct Sampling(Mutex<Option<Sampler>>);

impl Sampling {
    pub fn start(&self, containerd: Arc<Containerd>, params: StartParams) -> Outcome<()> {
        let valid = |hz: f64| hz > 0.0 && hz <= 100.0;
        if !valid(params.cgroup_hz) || !valid(params.pss_hz) {
            return Err(Failure::new("bad_request", "cgroupHz and pssHz must be above 0 and at most 100"));
        }
        let mut running = self.0.lock().map_err(|_| Failure::new("internal", "poisoned"))?;
        if running.is_some() {
            return Err(Failure::new("busy", "a memory series is running already"));
        }
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("memory".into())
            .stack_size(192 * 1024)
            .spawn(move || sample(&containerd, &params, &stopped))
            .map_err(|e| Failure::io("thread", &e))?;
        *running = Some(Sampler { stop, thread });
        Ok(())
    }

    pub fn stop(&self) -> Outcome<Series> {
        let sampler = self.0.lock().map_err(|_| Failure::new("internal", "poisoned"))?.take();
        let sampler = sampler.ok_or_else(|| Failure::new("not_running", "no memory series is running"))?;
        drop(sampler.stop);
        sampler.thread.join().map_err(|_| Failure::new("internal", "the memory thread died"))
    }
}

fn sample(containerd: &Containerd, params: &StartParams, stopped: &Receiver<()>) -> Series {
    let t0 = realtime_ns();
    let started = Instant::now();
    let mut finder = Finder::new(params.namespace.clone());
    let mut series = Series {
        t0_realtime_ns: t0.to_string(),
        duration_ns: 0,
        cgroup: Vec::new(),
        pss: Vec::new(),
        machine: Vec::new(),
        paused_ticks: 0,
        truncated: false,
        agent: own_cost(),
        warnings: Vec::new(),
    };
    let rhythm = Duration::from_secs_f64(1.0 / params.cgroup_hz);
    let pss_rhythm = Duration::from_secs_f64(1.0 / params.pss_hz);
    let mut next_pss = started;
    let mut next = started;
    loop {
        let sampling = window::SAMPLING.lock();
        if window::OPEN.load(Ordering::SeqCst) {
            series.paused_ticks += 1;
        } else if series.cgroup.len() >= MAX_POINTS {
            series.truncated = true;
        } else {
            let now = Instant::now();
            let with_pss = now >= next_pss;
            if with_pss {
                next_pss = (next_pss + pss_rhythm).max(now);
            }
            tick(containerd, params, &mut finder, t0, with_pss, &mut series);
        }
        drop(sampling);
        // An absolute rhythm, without catching up on what was missed.
        next = (next + rhythm).max(Instant::now());
        match stopped.recv_timeout(next - Instant::now()) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    series.duration_ns = realtime_ns() - t0;
    series.agent = own_cost();
    series
}

fn tick(
    containerd: &Containerd,
    params: &StartParams,
    finder: &mut Finder,
    t0: i64,
    with_pss: bool,
    series: &mut Series,
) {
    let processes = if with_pss { procfs::processes() } else { Vec::new() };
    for id in &params.ids {
        let found = match finder.find(containerd, id) {
            Ok(found) => found,
            Err(failure) => {
                let warning = failure.to_string();
                if !series.warnings.contains(&warning) {
                    series.warnings.push(warning);
                }
                None
            }
        };
        let Some(found) = found else { continue };
        let ns = realtime_ns() - t0;
        if let Some(memory) = finder.cgroup(&found) {
            series.cgroup.push(CgroupPoint { ns, id: id.clone(), memory });
        }
        if with_pss {
            series.pss.push(PssPoint { ns, id: id.clone(), pss: pss(&found, &processes) });
        }
    }
    if let (true, Some(available_bytes)) = (params.machine, procfs::available_bytes()) {
        series.machine.push(MachinePoint { ns: realtime_ns() - t0, available_bytes });
    }
}
