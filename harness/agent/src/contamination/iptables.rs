//! iptables rules by way of its own tools: they know whether the rules live in nft or in the old tables.

use super::attachments::Attachment;
use crate::failure::{Failure, Outcome};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Of the chain that CNI's firewall plugin fills.
const FIREWALL_CHAIN: &str = "CNI-FORWARD";

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    table: String,
    chain: String,
    /// All after the chain's name, quoted as iptables-save wrote it.
    rest: String,
}

#[derive(Debug, Default)]
pub struct Ruleset {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Subnet {
    network: u32,
    mask: u32,
}

impl Subnet {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self { network: u32::from(address) & mask, mask })
    }

    fn contains(&self, address: Ipv4Addr) -> bool {
        u32::from(address) & self.mask == self.network
    }
}

/// Rules and chains to remove.
#[derive(Debug, Default)]
pub struct Stale {
    rules: Vec<Rule>,
    chains: BTreeSet<String>,
    rules_in_chains: usize,
    ids: BTreeSet<String>,
}

impl Stale {
    pub fn rule_count(&self) -> usize {
        self.rules.len() + self.rules_in_chains
    }

    pub fn chain_count(&self) -> usize {
        self.chains.len()
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// Input of `iptables-restore --noflush`, which applies a table's lines all or none.
    fn script(&self) -> String {
        let mut script = String::new();
        for table in ["filter", "nat"] {
            script += &format!("*{table}\n");
            for rule in self.rules.iter().filter(|rule| rule.table == table) {
                script += &format!("-D {} {}\n", rule.chain, rule.rest);
            }
            if table == "nat" {
                self.chains.iter().for_each(|chain| script += &format!("-F {chain}\n-X {chain}\n"));
            }
            script += "COMMIT\n";
        }
        script
    }
}

impl Rule {
    /// The host that `-s` or `-d` names with a /32.
    fn host(&self) -> Option<Ipv4Addr> {
        let words: Vec<&str> = self.rest.split(' ').collect();
        let host = |pair: &[&str]| match pair {
            ["-s" | "-d", address] => address.strip_suffix("/32")?.parse().ok(),
            _ => None,
        };
        words.windows(2).find_map(host)
    }

    /// CNI's masquerading comments its rules with `name: "NETWORK" id: "ID"`, quotes escaped by iptables-save.
    fn network_and_id(&self) -> Option<(&str, &str)> {
        let (_, comment) = self.rest.split_once(r#"--comment "name: \""#)?;
        let (network, after) = comment.split_once(r#"\" id: \""#)?;
        Some((network, after.split_once(r#"\""#)?.0))
    }

    fn target(&self) -> Option<&str> {
        self.rest.rsplit_once("-j ").map(|(_, target)| target.trim())
    }
}

impl Ruleset {
    pub fn parse(text: &str) -> Self {
        let mut table = "";
        let mut rules = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('*') {
                table = name.trim();
            } else if let Some((chain, rest)) = line.strip_prefix("-A ").and_then(|rule| rule.split_once(' ')) {
                rules.push(Rule { table: table.into(), chain: chain.into(), rest: rest.into() });
            }
        }
        Self { rules }
    }

    /// Rules in the tables filter and nat.
    pub fn count(&self) -> usize {
        self.rules.iter().filter(|rule| matches!(rule.table.as_str(), "filter" | "nat")).count()
    }

    /// What is this network's and nobody's: masquerading by its id, firewall rules by an address that nobody has.
    pub fn stale(
        &self,
        network: &str,
        subnet: &Subnet,
        in_use: &BTreeSet<Ipv4Addr>,
        is_alive: impl Fn(&Attachment) -> bool,
    ) -> Stale {
        let mut stale = Stale::default();
        for rule in &self.rules {
            let Some(address) = rule.host().filter(|address| subnet.contains(*address)) else { continue };
            if rule.table == "filter" && rule.chain == FIREWALL_CHAIN && !in_use.contains(&address) {
                stale.rules.push(rule.clone());
            }
            let Some((name, id)) = rule.network_and_id() else { continue };
            let attachment = Attachment { id: id.into(), address, age: Duration::MAX };
            if rule.table == "nat" && rule.chain == "POSTROUTING" && name == network && !is_alive(&attachment) {
                stale.rules.push(rule.clone());
                stale.ids.insert(id.into());
                stale.chains.extend(rule.target().filter(|chain| chain.starts_with("CNI-")).map(String::from));
            }
        }
        // A chain that something else still jumps to cannot be removed.
        let kept = |rule: &&Rule| rule.table == "nat" && !stale.rules.contains(rule);
        let still_used: BTreeSet<&str> = self.rules.iter().filter(kept).filter_map(Rule::target).collect();
        stale.chains.retain(|chain| !still_used.contains(chain.as_str()));
        let in_chain = |rule: &&Rule| rule.table == "nat" && stale.chains.contains(&rule.chain);
        stale.rules_in_chains = self.rules.iter().filter(in_chain).count();
        stale
    }
}

/// A child that dies with us.
fn command(name: &str) -> Command {
    let mut command = Command::new(name);
    // SAFETY: prctl is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
    command
}

pub fn save() -> Outcome<Ruleset> {
    let output = command("iptables-save").stdin(Stdio::null()).output();
    let output = output.map_err(|e| Failure::io("iptables-save", &e))?;
    match output.status.success() {
        true => Ok(Ruleset::parse(&String::from_utf8_lossy(&output.stdout))),
        false => Err(Failure::new("iptables", String::from_utf8_lossy(&output.stderr).trim().to_string())),
    }
}

pub fn apply(stale: &Stale) -> Outcome<()> {
    if stale.rules.is_empty() && stale.chains.is_empty() {
        return Ok(());
    }
    let failed = |e: std::io::Error| Failure::io("iptables-restore", &e);
    let mut child = command("iptables-restore")
        .args(["--noflush", "--wait", "5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(stale.script().as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Failure::new("iptables", String::from_utf8_lossy(&output.stderr).trim().to_string())),
    }
}

#[cfg(test)]
mod tests;
