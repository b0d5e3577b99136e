//! What starts leave behind: counting it, and removing what belongs to no living task.

use crate::containerd::{Containerd, TaskStatus};
use crate::failure::{Failure, Outcome};
use crate::procfs;
use crate::window::diag;
use attachments::{Attachment, Living, LivingTask};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod attachments;
mod iptables;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountParams {
    cni_dir: PathBuf,
    namespaces: Vec<String>,
}

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Address leases of host-local; the provider reads every one of them on every invocation.
    cni_files: usize,
    /// Rules in the tables filter and nat; null where iptables-save cannot be run.
    iptables_rules: Option<usize>,
    veths: usize,
    /// Living tasks.
    tasks: usize,
    shims: usize,
}

pub fn count(containerd: &Containerd, params: &CountParams) -> Outcome<Counts> {
    let mut tasks = 0;
    for namespace in &params.namespaces {
        tasks += containerd.living_tasks(namespace)?.len();
    }
    let interfaces = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    Ok(Counts {
        cni_files: leases(&params.cni_dir)?.len(),
        iptables_rules: iptables::save().ok().map(|ruleset| ruleset.count()),
        veths: interfaces.lines().filter(|line| line.trim_start().starts_with("veth")).count(),
        tasks,
        shims: procfs::processes().iter().filter(|process| process.name.starts_with("containerd-shim")).count(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CleanParams {
    cni_dir: PathBuf,
    /// Name of the CNI network: rules of others are left alone. By default the last part of `cniDir`.
    network: Option<String>,
    /// Firewall rules carry no name, only an address: those in this subnet are this network's.
    #[serde(default = "openfaas_subnet")]
    subnet: String,
    /// Looked into for living tasks besides those that containerd lists.
    #[serde(default)]
    namespaces: BTreeSet<String>,
    #[serde(default = "cni_results")]
    results_dir: PathBuf,
}

fn openfaas_subnet() -> String {
    "10.62.0.0/16".into()
}

fn cni_results() -> PathBuf {
    "/var/lib/cni/results".into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleaned {
    leases_removed: usize,
    rules_removed: usize,
    chains_removed: usize,
    /// Cached results of the CNI library.
    results_removed: usize,
    leases_kept: usize,
}

pub fn clean(containerd: &Containerd, params: &CleanParams) -> Outcome<Cleaned> {
    let last_part = || Some(params.cni_dir.file_name()?.to_str()?.to_string());
    let network = params.network.clone().or_else(last_part);
    let network = network.ok_or_else(|| Failure::new("bad_request", "no network name"))?;
    let subnet = iptables::Subnet::parse(&params.subnet)
        .ok_or_else(|| Failure::new("bad_request", format!("not an IPv4 subnet: {:?}", params.subnet)))?;
    // host-local takes the same lock: no address is handed out between looking and removing.
    let _lock = lock(&params.cni_dir)?;
    let living = living(containerd, &params.namespaces)?;
    let (kept, dead): (Vec<_>, Vec<_>) = leases(&params.cni_dir)?.into_iter().partition(|one| living.has(one));

    let ruleset = iptables::save()?;
    let mut in_use: BTreeSet<Ipv4Addr> = living.addresses.clone();
    in_use.extend(kept.iter().map(|attachment| attachment.address));
    let stale = ruleset.stale(&network, &subnet, &in_use, |attachment| living.has(attachment));
    iptables::apply(&stale)?;

    let mut leases_removed = 0;
    for attachment in &dead {
        let path = params.cni_dir.join(attachment.address.to_string());
        fs::remove_file(&path).map_err(|e| Failure::io(&path.display().to_string(), &e))?;
        leases_removed += 1;
    }
    let dead_ids: BTreeSet<&str> = dead.iter().map(|one| one.id.as_str()).chain(stale.ids()).collect();
    Ok(Cleaned {
        leases_removed,
        rules_removed: stale.rule_count(),
        chains_removed: stale.chain_count(),
        results_removed: remove_results(&params.results_dir, &network, &dead_ids),
        leases_kept: kept.len(),
    })
}

/// Lease files are named after their address; the folder also holds a lock and the last address given.
fn leases(folder: &Path) -> Outcome<Vec<Attachment>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Failure::io(&folder.display().to_string(), &e)),
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let Some(address) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A lease that is released while we look is no lease.
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        let age = entry.metadata().ok().and_then(|meta| meta.modified().ok()?.elapsed().ok()).unwrap_or(Duration::ZERO);
        found.push(Attachment { id: text.lines().next().unwrap_or("").trim().into(), address, age });
    }
    Ok(found)
}

fn lock(folder: &Path) -> Outcome<Option<File>> {
    let path = folder.join("lock");
    let Ok(file) = File::open(&path) else { return Ok(None) };
    // SAFETY: a valid descriptor; closing the file releases the lock.
    match unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } {
        0 => Ok(Some(file)),
        _ => Err(Failure::io(&path.display().to_string(), &std::io::Error::last_os_error())),
    }
}

/// Tasks of every containerd namespace, with the addresses in their network namespaces.
fn living(containerd: &Containerd, also: &BTreeSet<String>) -> Outcome<Living> {
    let mut living = Living::default();
    let mut namespaces: BTreeSet<String> = containerd.namespaces()?.into_iter().collect();
    namespaces.extend(also.iter().cloned());
    for namespace in namespaces {
        for (id, pid) in containerd.living_tasks(&namespace)? {
            let status = containerd.task(&namespace, &id)?.status;
            living.addresses.extend(diag::addresses_of(pid));
            living.tasks.push(LivingTask { id, pid, starting: status == TaskStatus::Created });
        }
    }
    Ok(living)
}

fn remove_results(folder: &Path, network: &str, dead_ids: &BTreeSet<&str>) -> usize {
    let is_dead = |name: &str| {
        let of_id = |rest: &str| rest.rsplit_once('-').is_some_and(|(id, _interface)| dead_ids.contains(id));
        ["cni-loopback", network]
            .iter()
            .any(|net| name.strip_prefix(net).and_then(|rest| rest.strip_prefix('-')).is_some_and(of_id))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|e| e.file_name().to_str().is_some_and(is_dead) && fs::remove_file(e.path()).is_ok()).count()
}
