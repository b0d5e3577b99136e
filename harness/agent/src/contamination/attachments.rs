//! Which network attachments belong to a living task.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

/// An id that names no task we know may belong to a start that is under way: leave it alone this long.
const BENEFIT_OF_DOUBT: Duration = Duration::from_secs(5);

/// One container's place in a CNI network, as a lease or a rule tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    pub id: String,
    pub address: Ipv4Addr,
    pub age: Duration,
}

#[derive(Debug)]
pub struct LivingTask {
    pub id: String,
    pub pid: u32,
    /// Created but not started: its network may be being set up right now.
    pub starting: bool,
}

#[derive(Debug, Default)]
pub struct Living {
    pub tasks: Vec<LivingTask>,
    /// Addresses inside the network namespaces of living tasks.
    pub addresses: BTreeSet<Ipv4Addr>,
}

impl Living {
    /// CNI ids are `CONTAINER-PID` (faasd) or the container's own id.
    pub fn has(&self, attachment: &Attachment) -> bool {
        let by_pid = attachment.id.rsplit_once('-').and_then(|(id, pid)| Some((id, pid.parse::<u32>().ok()?)));
        if let Some((id, pid)) = by_pid {
            return self.tasks.iter().any(|task| task.id == id && task.pid == pid)
                || self.tasks.iter().any(|task| task.id == attachment.id && self.is_attached(task, attachment));
        }
        match self.tasks.iter().find(|task| task.id == attachment.id) {
            Some(task) => self.is_attached(task, attachment),
            None => self.addresses.contains(&attachment.address) || attachment.age < BENEFIT_OF_DOUBT,
        }
    }

    fn is_attached(&self, task: &LivingTask, attachment: &Attachment) -> bool {
        task.starting || self.addresses.contains(&attachment.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living() -> Living {
        let task = |id: &str, pid, starting| LivingTask { id: id.into(), pid, starting };
        Living {
            tasks: vec![task("hello", 300, false), task("go-hello", 400, false), task("new", 500, true)],
            addresses: BTreeSet::from([Ipv4Addr::new(10, 62, 0, 3), Ipv4Addr::new(10, 62, 0, 4)]),
        }
    }

    fn attachment(id: &str, last: u8, age_s: u64) -> Attachment {
        Attachment { id: id.into(), address: Ipv4Addr::new(10, 62, 0, last), age: Duration::from_secs(age_s) }
    }

    #[test]
    fn an_earlier_start_of_a_living_function_is_dead_even_when_it_is_young() {
        assert!(living().has(&attachment("hello-300", 3, 9)));
        assert!(!living().has(&attachment("hello-299", 2, 0)));
        assert!(!living().has(&attachment("gone-7", 2, 0)));
    }

    #[test]
    fn an_id_without_pid_is_judged_by_its_address() {
        assert!(living().has(&attachment("go-hello", 4, 9)));
        assert!(!living().has(&attachment("go-hello", 2, 9)));
        assert!(living().has(&attachment("new", 9, 0)));
    }

    #[test]
    fn an_unknown_id_is_dead_once_no_start_can_be_under_way() {
        assert!(living().has(&attachment("default-x", 9, 1)));
        assert!(living().has(&attachment("default-x", 3, 60)));
        assert!(!living().has(&attachment("default-x", 9, 60)));
    }
}
