use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// What a client sends; unknown keys are ignored.
#[derive(Deserialize)]
pub(crate) struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(deserialize_with = "up_to::<10_000, _>")]
    quantity: u64,
    #[serde(deserialize_with = "up_to::<10_000_000, _>")]
    price_cents: u64,
    tags: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    count: usize,
    quantity: u64,
    total_cents: u64,
    tags: BTreeMap<&'a str, u64>,
    items: Vec<Total<'a>>,
}

#[derive(Serialize)]
struct Total<'a> {
    id: &'a str,
    total_cents: u64,
}

impl Order {
    pub(crate) fn summary(&self) -> Summary<'_> {
        let mut tags = BTreeMap::new();
        for tag in self.items.iter().flat_map(|item| &item.tags) {
            *tags.entry(tag.as_str()).or_default() += 1;
        }
        let mut items: Vec<_> = self.items.iter().map(Item::total).collect();
        // A stable sort: equal ones stay in the order of the request.
        items.sort_by_key(|item| Reverse(item.total_cents));
        Summary {
            count: items.len(),
            quantity: self.items.iter().map(|item| item.quantity).sum(),
            total_cents: items.iter().map(|item| item.total_cents).sum(),
            tags,
            items,
        }
    }
}

impl Item {
    fn total(&self) -> Total<'_> {
        Total { id: &self.id, total_cents: self.quantity * self.price_cents }
    }
}

fn up_to<'de, const MAX: u64, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if number <= MAX { Ok(number) } else { Err(D::Error::custom(format_args!("{number} is more than {MAX}"))) }
}
