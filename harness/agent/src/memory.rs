//! Memory of functions, of what runs beside each of them, and of the machine.

use crate::cgroup::{self, CgroupMemory, MemoryMount};
use crate::clock;
use crate::containerd::Containerd;
use crate::failure::Outcome;
use crate::procfs::{self, Stat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub mod series;

/// While a task is away, containerd is asked for it at most this often.
const ASK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemoryParams {
    namespace: String,
    ids: Vec<String>,
    #[serde(default)]
    machine: bool,
}

/// Proportional set sizes: a function, its shim, and the shim's other children (log collectors).
#[derive(Serialize, Debug, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Pss {
    function_pss_bytes: u64,
    shim_pss_bytes: Option<u64>,
    collector_pss_bytes: u64,
    /// Processes in the function's cgroup.
    pids: Vec<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskMemory {
    id: String,
    #[serde(flatten)]
    cgroup: CgroupMemory,
    #[serde(flatten)]
    pss: Pss,
}

/// What the agent itself costs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnCost {
    pss_bytes: Option<u64>,
    /// Processor time of all its threads since it started.
    cpu_ns: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// An id that has no living task is left out.
    tasks: Vec<TaskMemory>,
    machine_available_bytes: Option<u64>,
    agent: OwnCost,
}

/// A living task's first process and its cgroup; `started` tells it from a later process with the same pid.
#[derive(Clone)]
struct Found {
    pid: u32,
    started: u64,
    folder: PathBuf,
}

/// Remembers where each function's processes are, so that sampling does not ask containerd each time.
pub struct Finder {
    namespace: String,
    mount: Option<MemoryMount>,
    known: BTreeMap<String, (Option<Found>, Instant)>,
}

impl Finder {
    fn new(namespace: String) -> Self {
        Self { namespace, mount: cgroup::memory_mount(&cgroup::read_mountinfo()), known: BTreeMap::new() }
    }

    fn find(&mut self, containerd: &Containerd, id: &str) -> Outcome<Option<Found>> {
        if let Some((found, asked)) = self.known.get(id) {
            match found {
                Some(found) if is_same(found) => return Ok(Some(found.clone())),
                None if asked.elapsed() < ASK_AGAIN => return Ok(None),
                _ => {}
            }
        }
        let pid = containerd.task(&self.namespace, id)?.pid;
        let found = pid.and_then(|pid| self.locate(pid));
        self.known.insert(id.into(), (found.clone(), Instant::now()));
        Ok(found)
    }

    fn locate(&self, pid: u32) -> Option<Found> {
        let started = procfs::stat(pid)?.started;
        let cgroups = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
        let folder = cgroup::folder(self.mount.as_ref()?, &cgroups)?;
        Some(Found { pid, started, folder })
    }

    fn cgroup(&self, found: &Found) -> Option<CgroupMemory> {
        cgroup::memory(self.mount.as_ref()?, &found.folder)
    }
}

fn is_same(found: &Found) -> bool {
    procfs::stat(found.pid).is_some_and(|now| now.started == found.started)
}

fn pss(found: &Found, processes: &[Stat]) -> Pss {
    let pids = cgroup::pids(&found.folder);
    let total = |pids: &[u32]| pids.iter().filter_map(|pid| procfs::pss_bytes(*pid)).sum();
    let parent = processes.iter().find(|process| process.pid == found.pid).map(|process| process.parent);
    let shim = parent.and_then(|pid| processes.iter().find(|p| p.pid == pid && p.name.starts_with("containerd-shim")));
    let mut others = Vec::new();
    let mut parents: Vec<u32> = shim.iter().map(|shim| shim.pid).collect();
    while let Some(parent) = parents.pop() {
        let children = processes.iter().filter(|p| p.parent == parent && !pids.contains(&p.pid) && p.pid != found.pid);
        let children: Vec<u32> = children.map(|child| child.pid).collect();
        parents.extend(&children);
        others.extend(children);
    }
    Pss {
        function_pss_bytes: total(&pids),
        shim_pss_bytes: shim.and_then(|shim| procfs::pss_bytes(shim.pid)),
        collector_pss_bytes: total(&others),
        pids,
    }
}

fn own_cost() -> OwnCost {
    OwnCost { pss_bytes: procfs::pss_bytes(std::process::id()), cpu_ns: clock::process_cpu_ns() }
}

pub fn once(containerd: &Containerd, params: &MemoryParams) -> Outcome<Reading> {
    let mut finder = Finder::new(params.namespace.clone());
    let processes = procfs::processes();
    let mut tasks = Vec::new();
    for id in &params.ids {
        let found = finder.find(containerd, id)?;
        tasks.extend(found.and_then(|found| {
            let cgroup = finder.cgroup(&found)?;
            Some(TaskMemory { id: id.clone(), cgroup, pss: pss(&found, &processes) })
        }));
    }
    let machine_available_bytes = params.machine.then(procfs::available_bytes).flatten();
    Ok(Reading { tasks, machine_available_bytes, agent: own_cost() })
}
